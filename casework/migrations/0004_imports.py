"""Ledgers from outside: the batch of a person, its unlogged rows on their way, what was imported, what was matched."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import casework.models.record
import offices.secrecy
from casework.protection import record_part
from offices.protection import only, own_rows, scoped


class Migration(migrations.Migration):
    """Make the tables and protect them."""

    dependencies = [
        ("casework", "0003_search"),
        ("offices", "0002_protection"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(
                        default=casework.models.record.new_public_id, editable=False, max_length=10, unique=True
                    ),
                ),
                ("record_type", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=120, verbose_name="文件名")),
                ("stored_as", models.CharField(blank=True, max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "等待核对"),
                            ("unmatched", "待对应栏目"),
                            ("checked", "已核对，未导入"),
                            ("refused", "无法读取"),
                            ("imported", "已导入"),
                            ("undone", "已撤销"),
                            ("expired", "已过期"),
                        ],
                        default="uploaded",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("message", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("headings", models.JSONField(default=list)),
                ("mapping", models.JSONField(default=dict)),
                ("total", models.PositiveIntegerField(default=0, verbose_name="总行数")),
                ("good", models.PositiveIntegerField(default=0, verbose_name="可导入")),
                ("failed", models.PositiveIntegerField(default=0, verbose_name="有错")),
                ("repeated", models.PositiveIntegerField(default=0, verbose_name="疑似重复")),
                ("imported", models.PositiveIntegerField(default=0, verbose_name="已导入")),
                ("report", models.JSONField(default=list)),
                ("preview", offices.secrecy.EncryptedField(null=True)),
                ("annotated_as", models.CharField(blank=True, max_length=120)),
                ("failed_as", models.CharField(blank=True, max_length=120)),
                ("uploaded_at", models.DateTimeField(auto_now_add=True, verbose_name="上传时间")),
                ("imported_at", models.DateTimeField(null=True, verbose_name="导入时间")),
                ("undone_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="offices.membership"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "批量导入",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ImportedRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.CharField(editable=False, max_length=24)),
                ("record_type", models.CharField(max_length=60)),
                ("record_id", models.BigIntegerField()),
                ("row", models.PositiveIntegerField(verbose_name="行号")),
                ("key", models.BinaryField(max_length=32)),
                ("content", models.BinaryField(max_length=32)),
                ("version", models.PositiveIntegerField()),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="records", to="casework.importbatch"
                    ),
                ),
                (
                    "city",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offices.office",
                    ),
                ),
                (
                    "county",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offices.office",
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="offices.office"
                    ),
                ),
            ],
            options={
                "verbose_name": "导入的业务",
                "ordering": ["id"],
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ImportMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.CharField(editable=False, max_length=24)),
                ("record_type", models.CharField(max_length=60)),
                ("headings", models.CharField(max_length=64)),
                ("mapping", models.JSONField(default=dict)),
                ("at", models.DateTimeField(auto_now=True, verbose_name="时间")),
                (
                    "city",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offices.office",
                    ),
                ),
                (
                    "county",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="offices.office",
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="offices.office"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "导入栏目对应",
                "ordering": ["-id"],
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user_id", models.BigIntegerField()),
                ("target", models.CharField(max_length=63)),
                ("values", models.JSONField()),
                (
                    "batch",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="casework.importbatch",
                    ),
                ),
            ],
            options={
                "verbose_name": "导入中的行",
                "ordering": ["id"],
            },
        ),
        migrations.AddIndex(
            model_name="importbatch",
            index=models.Index(fields=["user", "record_type", "-id"], name="import_by_user"),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["uploaded", "unmatched", "checked", "refused", "imported", "undone", "expired"])
                ),
                name="import_state_known",
            ),
        ),
        migrations.AddIndex(
            model_name="importedrecord",
            index=models.Index(fields=["batch"], name="imported_by_batch"),
        ),
        migrations.AddConstraint(
            model_name="importedrecord",
            constraint=models.UniqueConstraint(
                fields=("office", "record_type", "key"), name="imported_once_per_office"
            ),
        ),
        migrations.AddConstraint(
            model_name="importedrecord",
            constraint=models.UniqueConstraint(fields=("record_type", "record_id"), name="imported_record_once"),
        ),
        migrations.AddConstraint(
            model_name="importmapping",
            constraint=models.UniqueConstraint(
                fields=("office", "record_type", "headings"), name="import_mapping_once"
            ),
        ),
        own_rows("casework_importbatch"),
        *record_part("casework_importedrecord"),
        *scoped("casework_importmapping", None),
        # Nothing of it outlives a crash: what was on its way is then not imported.
        migrations.RunSQL("ALTER TABLE casework_importrow SET UNLOGGED;", "ALTER TABLE casework_importrow SET LOGGED;"),
        only("casework_importrow", "SELECT", "INSERT", "DELETE"),
    ]
