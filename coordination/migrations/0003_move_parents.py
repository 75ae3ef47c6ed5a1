"""What a body reported to, what a party was part of, and a protocol's article become rows; days
that the next migration refuses are put right."""

from django.db import migrations
from django.db.models import F


def move(apps, schema_editor):
    Body, ReportingLine, Party, Affiliation, Protocol, ProtocolSource = (
        apps.get_model("coordination", name)
        for name in (
            *("Body", "ReportingLine", "Party", "Affiliation", "Protocol", "ProtocolSource"),
        )
    )
    for body in Body.objects.exclude(parent=None):
        ReportingLine.objects.create(body=body, kind="reports_to", to_body_id=body.parent_id)
    for party in Party.objects.exclude(part_of=None):
        Affiliation.objects.create(party=party, kind="part_of", other_id=party.part_of_id)
    for protocol in Protocol.objects.all():
        if protocol.source or protocol.wording:
            ProtocolSource.objects.create(
                protocol=protocol,
                topic="whole",
                article=protocol.source,
                wording=protocol.wording,
            )
    # A silence procedure had no clock until now: a day, which the changelog asks to be checked.
    Protocol.objects.filter(decision_rule="silence").update(silence_hours=24)


def put_days_right(apps, schema_editor):
    """Nothing refused a body that ended before it was established; the next migration does. Such a
    body never was, as one that ended on the day on which it was established."""
    bodies = apps.get_model("coordination", "Body").objects
    bodies.filter(ended_on__lt=F("established_on")).update(ended_on=F("established_on"))


def move_back(apps, schema_editor):
    """The first line, affiliation and source of each; there was room for one only."""
    Body, ReportingLine, Party, Affiliation, ProtocolSource, Protocol = (
        apps.get_model("coordination", name)
        for name in (
            *("Body", "ReportingLine", "Party", "Affiliation", "ProtocolSource", "Protocol"),
        )
    )
    for line in ReportingLine.objects.filter(kind="reports_to", ended_on=None).exclude(to_body=None):
        Body.objects.filter(pk=line.body_id, parent=None).update(parent=line.to_body_id)
    for one in Affiliation.objects.filter(kind="part_of", ended_on=None):
        Party.objects.filter(pk=one.party_id, part_of=None).update(part_of=one.other_id)
    for source in ProtocolSource.objects.filter(topic="whole"):
        Protocol.objects.filter(pk=source.protocol_id).update(
            source=source.article, wording=source.wording
        )


class Migration(migrations.Migration):
    dependencies = [("coordination", "0002_bodies_and_roles")]

    operations = [
        migrations.RunPython(move, move_back),
        migrations.RunPython(put_days_right, migrations.RunPython.noop),
    ]
