"""From when a limit runs, where a rule gives it: a new calendar can then be followed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mediation", "0012_courses"),
    ]

    operations = [
        migrations.AddField(
            model_name="criminalreview",
            name="due_since",
            field=models.DateField(editable=False, null=True, verbose_name="期限起算日期"),
        ),
        migrations.AddField(
            model_name="dispute",
            name="due_since",
            field=models.DateField(editable=False, null=True, verbose_name="期限起算日期"),
        ),
        migrations.AddField(
            model_name="judicialconfirmation",
            name="due_since",
            field=models.DateField(editable=False, null=True, verbose_name="期限起算日期"),
        ),
        migrations.AddField(
            model_name="mediationcommittee",
            name="due_since",
            field=models.DateField(editable=False, null=True, verbose_name="期限起算日期"),
        ),
        migrations.AddField(
            model_name="mediationstudio",
            name="due_since",
            field=models.DateField(editable=False, null=True, verbose_name="期限起算日期"),
        ),
        migrations.AddField(
            model_name="mediator",
            name="due_since",
            field=models.DateField(editable=False, null=True, verbose_name="期限起算日期"),
        ),
        migrations.AddField(
            model_name="onestopcenter",
            name="due_since",
            field=models.DateField(editable=False, null=True, verbose_name="期限起算日期"),
        ),
        migrations.AddField(
            model_name="riskalert",
            name="due_since",
            field=models.DateField(editable=False, null=True, verbose_name="期限起算日期"),
        ),
        migrations.AddField(
            model_name="screeningfinding",
            name="due_since",
            field=models.DateField(editable=False, null=True, verbose_name="期限起算日期"),
        ),
        migrations.AddField(
            model_name="screeninground",
            name="due_since",
            field=models.DateField(editable=False, null=True, verbose_name="期限起算日期"),
        ),
    ]
