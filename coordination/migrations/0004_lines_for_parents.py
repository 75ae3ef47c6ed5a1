from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coordination", "0003_move_parents")]

    operations = [
        migrations.RemoveConstraint(
            model_name='body',
            name='body_does_not_report_to_itself',
        ),
        migrations.RemoveField(
            model_name='body',
            name='parent',
        ),
        migrations.RemoveField(
            model_name='party',
            name='part_of',
        ),
        migrations.RemoveField(
            model_name='protocol',
            name='source',
        ),
        migrations.RemoveField(
            model_name='protocol',
            name='wording',
        ),
        migrations.AddConstraint(
            model_name='protocol',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decision_rule', 'silence'), _negated=True), models.Q(('silence_hours__gte', 1), ('silence_hours__isnull', False)), _connector='OR'), name='silence_has_a_clock', violation_error_message='A silence procedure says after how many hours.'),
        ),
        migrations.AddConstraint(
            model_name='body',
            constraint=models.CheckConstraint(condition=models.Q(('ended_on', None), ('established_on', None), ('ended_on__gte', models.F('established_on')), _connector='OR'), name='body_ends_after_it_was_established', violation_error_message='A body is wound up after it was established.'),
        ),
    ]
