from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coordination", "0007_rhythms_and_starts"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="commitment",
            name="rhythm",
        ),
        migrations.AddConstraint(
            model_name="commitment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "recurring"), _negated=True),
                    models.Q(
                        ("every_amount__gte", 1),
                        ("every_amount__isnull", False),
                        models.Q(("every_unit", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="recurring_commitment_has_a_rhythm",
                violation_error_message="A recurring commitment says how often it recurs.",
            ),
        ),
    ]
