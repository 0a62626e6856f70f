"""Pages as people write them, and how a light reader misreads them; all words are our own."""

from __future__ import annotations

import random
import re
import string

LETTER = """Dear Martha,
we arrived on Tuesday after a long and rather wet journey. The house stands on
a small hill above the harbour, and from the kitchen you can see the boats going
out in the morning. Peter has already found two friends next door and they spend
the whole day building a raft. I have planted beans and lettuce behind the shed,
although the soil looks poor. Please tell your mother that the blue vase was not
broken at all, it only fell on the carpet.
With love, Anna"""

BRIEF = """Liebe Martha,
wir sind am Dienstag nach einer langen und ziemlich nassen Reise angekommen. Das
Haus steht auf einem kleinen Hügel über dem Hafen, und von der Küche aus sieht man
morgens die Boote auslaufen. Peter hat nebenan schon zwei Freunde gefunden. Ich
habe hinter dem Schuppen Bohnen und Salat gepflanzt, obwohl der Boden nicht gut
aussieht. Sag deiner Mutter bitte, dass die blaue Vase nicht zerbrochen ist.
Alles Liebe, Anna"""

LETTRE = """Chère Martha,
nous sommes arrivés mardi après un voyage long et plutôt humide. La maison se
trouve sur une petite colline au-dessus du port et de la cuisine on voit les
bateaux partir le matin. Peter a déjà trouvé deux amis à côté. J'ai planté des
haricots et de la laitue derrière la remise, bien que la terre ne soit pas bonne.
Dis à ta mère que le vase bleu n'était pas cassé.
Je t'embrasse, Anna"""

CARTA = """Querida Martha:
llegamos el martes después de un viaje largo y bastante húmedo. La casa está en
una pequeña colina sobre el puerto y desde la cocina se ven los barcos que salen
por la mañana. Peter ya ha encontrado dos amigos al lado. He plantado judías y
lechuga detrás del cobertizo, aunque la tierra no es muy buena. Dile a tu madre
que el jarrón azul no estaba roto.
Un abrazo, Anna"""

TEGAMI = """まさ子さんへ
火曜日に長い雨の旅を終えてこちらに着きました。家は港の上の小さな丘にあって、
台所の窓から朝、船が出ていくのが見えます。ケンはもう隣に友だちを二人見つけました。
物置の裏に豆とレタスを植えましたが、土はあまりよくなさそうです。
青い花びんは割れていなかったとお母さんに伝えてください。
あんより"""

NOTES: dict[str, tuple[tuple[str, ...], str]] = {
    "a letter": (("en",), LETTER),
    "a German letter": (("de",), BRIEF),
    "a French letter": (("fr",), LETTRE),
    "a Spanish letter": (("es",), CARTA),
    "a Japanese letter": (("ja",), TEGAMI),
    "a letter, no language set": ((), LETTER),
    "a shopping list": (("en",), "Milk\nEggs\nBread"),
    "laughter": (("en",), "ha ha ha ha"),
    "a row of numbers": (("en",), "row 1 2 3 4 5 6 7 8 9 10"),
    "a birthday song": (
        ("en",),
        "Happy birthday to you\nHappy birthday to you\nHappy birthday dear Anna\nHappy birthday to you",
    ),
    "a poem with a refrain": (
        ("en",),
        (
            "The kettle sings, the kettle sings,\nand winter's at the door.\nThe robin folds his little wings,\n"
            "and winter's at the door.\nThe snow lies thick upon the swings,\nand winter's at the door.\n"
            "The kettle sings, the kettle sings,\nand winter's at the door."
        ),
    ),
    "a table with a ruled line": ((), "| Day | Tea | Coffee |\n|---|---|---|\n| Mon | 2 | 0 |\n| Tue | 1 | 0 |"),
    "the head of a table": ((), "| a | b | c | d | e | f |\n|---|---|---|---|---|---|"),
    "a column of zeros": ((), "Faults:\n" + "| 0 |\n" * 8),
    "a plain column of zeros": ((), "Faults\n" + "0\n" * 8),
    "a column of dashes": ((), "Left over\n" + "| - |\n" * 8),
    "an empty table": ((), "| Name | Phone |\n|---|---|\n" + "|   |   |\n" * 12),
    "an empty table in HTML": (
        (),
        "<table><tr><th>Name</th><th>Phone</th></tr>" + "<tr><td></td><td></td></tr>" * 8 + "</table>",
    ),
    "a list with boxes": (
        (),
        "- [ ] ring the plumber\n- [x] post the parcel\n- [ ] water the ferns\n- [ ] book the ferry\n- [ ] mend the gate",
    ),
    "a form": ((), "Name: ______________________________\nDate: ______________________________"),
    "a list of contents": ((), "Spring ........................... 3\nSummer .......................... 17"),
    "lines nobody can read": ((), "Monday\n[illegible]\n[illegible]\n[illegible]\n[illegible]\n[illegible]"),
    "numbers of a list": (
        (),
        "1. wash\n2. iron\n3. fold\n4. mend\n5. sew\n6. knit\n7. darn\n8. dye\n9. hem\n10. press",
    ),
    "a timesheet": ((), "Mon 8:30 - 17:00\nTue 8:30 - 17:00\nWed 8:30 - 17:00\nThu 8:30 - 17:00\nFri 8:30 - 16:00"),
    "meeting notes": (
        ("en",),
        (
            "Team meeting, 14 March\n- Note: the budget is approved\n- Image of the firm: ask Ruth\n"
            "- we need to read the contract again\n- Thinking about a bigger office\n- Sorry, no cake next week"
        ),
    ),
    "notes on what a machine says": (
        ("en",),
        (
            "Talk about chat bots\nThey say: I'm sorry, but I can't help with that.\nOr: As an AI language model ...\n"
            "Why do they think aloud?"
        ),
    ),
    "German notes": (
        ("de",),
        (
            "Hier ist was los!\nEinkauf: Brot, Käse, Äpfel\nHinweis: Müll am Donnerstag\nBild aufhängen, Text für Oma\n"
            "Leider kann ich am Freitag nicht."
        ),
    ),
    "French notes": (
        ("fr",),
        "Voici les vacances !\nAcheter du pain, du beurre\nNote : rendre les livres\nla photo est chez Luc",
    ),
    "Japanese notes": (
        ("ja",),
        "会議メモ 三月十四日\n・予算は承認\n・次回は四月二日\n・資料を印刷する\n画像は田中さんに頼む",
    ),
    "a Japanese and English page": (("ja", "en"), "Meeting 会議\n10:00 start です\nAPI の仕様書を review する"),
    "Chinese where it is set": (("zh",), "今天开会讨论预算，请大家准备资料。"),
    "an exercise": ((), "3 x 4 = 12\n3 x 5 = 15\n3 x 6 = 18\n3 x 7 = 21\n3 x 8 = 24"),
    "JSON": (
        (),
        '[{"bbox_2d": [10, 20, 300, 60], "text_content": "Milk"},\n {"bbox_2d": [10, 80, 300, 120], "text_content": "Eggs"}]',
    ),
}
"""Languages that are set, and what is on the page, as a model would write it down."""


def misread(text: str, rate: float, seed: int = 1) -> tuple[str, ...]:
    """The words of a text as a light reader sees them that errs in so many characters: other, missing, extra ones."""
    chance = random.Random(seed)
    read = []
    for character in re.sub(r"<[^>]*>", " ", text):
        if character.isspace() or chance.random() >= rate:
            read.append(character)
            continue
        other = chance.choice("のにかもとは一二三" if ord(character) > 0x2E80 else string.ascii_lowercase)
        read.append(chance.choice([other, other, other, "", character + other]))
    return tuple("".join(read).split())
