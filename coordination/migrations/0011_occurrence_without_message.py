from django.db import migrations


class Migration(migrations.Migration):
    """Apart from the migration before it: PostgreSQL alters no table with changes pending on it."""

    dependencies = [
        ("coordination", "0010_reminders"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="occurrence",
            name="message",
        ),
    ]
