"""Words in a description that speak of danger: a table that may grow, each word under the flag that it hints at."""

from datetime import date

from django.db import migrations

TABLE = "mediation.danger_word"
START = date(2011, 1, 1)
WORDS = {
    "threat": [
        ("杀人", "Killing"),
        ("杀了", "Kill"),
        ("杀死", "Kill"),
        ("杀你", "Kill you"),
        ("杀他", "Kill him"),
        ("杀她", "Kill her"),
        ("杀全家", "Kill the family"),
        ("弄死", "Do away with"),
        ("打死", "Beat to death"),
        ("砍死", "Hack to death"),
        ("同归于尽", "Perish together"),
        ("报复", "Revenge"),
        ("血债", "Blood debt"),
    ],
    "self_harm": [
        ("自杀", "Suicide"),
        ("轻生", "Taking one's life"),
        ("自残", "Self-harm"),
        ("跳楼", "Jumping from a building"),
        ("跳河", "Jumping into a river"),
        ("喝农药", "Drinking pesticide"),
        ("上吊", "Hanging oneself"),
        ("割腕", "Cutting one's wrists"),
        ("不想活", "Not wanting to live"),
    ],
    "weapon": [
        ("持刀", "Holding a knife"),
        ("带刀", "Carrying a knife"),
        ("菜刀", "Kitchen knife"),
        ("凶器", "Weapon"),
        ("持械", "Armed"),
        ("汽油", "Petrol"),
        ("炸药", "Explosives"),
    ],
    "domestic_violence": [
        ("家暴", "Domestic violence"),
        ("家庭暴力", "Domestic violence"),
        ("人身安全保护令", "Protection order"),
    ],
    "police_calls": [
        ("多次报警", "Repeated police calls"),
        ("反复报警", "Repeated police calls"),
    ],
    "mental_illness": [
        ("精神病", "Mental illness"),
        ("精神障碍", "Mental disorder"),
        ("精神分裂", "Schizophrenia"),
    ],
    "alcohol": [
        ("酗酒", "Alcoholism"),
        ("酒后", "After drinking"),
        ("醉酒", "Drunkenness"),
    ],
    "love_break": [
        ("分手", "Break-up"),
        ("退婚", "Broken engagement"),
        ("情感破裂", "Broken relationship"),
    ],
    "five_losses": [
        ("投资失败", "Failed investment"),
        ("倾家荡产", "Ruin"),
        ("心理失衡", "Loss of balance"),
        ("精神失常", "Derangement"),
    ],
}


def load(apps, schema_editor):
    """Insert the words."""
    code_value = apps.get_model("casework", "CodeValue")
    rows = [(word, english, flag) for flag, words in WORDS.items() for word, english in words]
    code_value.objects.using(schema_editor.connection.alias).bulk_create(
        code_value(
            table=TABLE,
            code=f"word_{sort}",
            name=word,
            name_en=english,
            sort=sort,
            maps_to=flag,
            valid_from=START,
        )
        for sort, (word, english, flag) in enumerate(rows, start=1)
    )


def unload(apps, schema_editor):
    """Take them out again."""
    values = apps.get_model("casework", "CodeValue").objects.using(schema_editor.connection.alias)
    values.filter(table=TABLE).delete()


class Migration(migrations.Migration):
    """Load the words."""

    dependencies = [("mediation", "0005_handovers")]

    operations = [migrations.RunPython(load, unload)]
