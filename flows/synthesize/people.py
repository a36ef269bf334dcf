"""Invented people: names, birth dates, telephone numbers, addresses and MBIs that cannot belong to anyone."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from flows.ccm.patient import Address, Patient
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth

FAMILY_NAMES = tuple(
    """Abernathy|Achterberg|Adeyemi|Aguilar|Alvarado|Anaya|Antonelli|Arsenault|Bakshi|Balogun|Barrowclough|Begaye|Bellweather
Benally|Bergström|Birnbaum|Blankenship|Bouchard|Brightwater|Calloway|Castañeda|Chaudhry|Chen|Cholewa|Clearwater|Coleman
Crowfoot|Cruz-Delgado|D'Amico|Dang|Davenport|De la Rosa|Delacroix|Dieng|Dombrowski|Doyle|Drăgulescu|Eastman|Ekström|Espinoza
Estévez|Fairbanks|Farrukh|Ferreira|Fitzgibbon|Fontaine|Galvin|García|Gebremariam|Goldfarb|Greenleaf|Grzybowski|Guerrero
Haddad|Halvorsen|Hargrove|Hernández|Higashi|Hollingsworth|Huang|Ibarra|Iwasaki|Jackson|Jankowski|Johansson|Kalani|Kapoor
Kekoa|Khoury|Kim|Kowalczyk|Lachance|Lindqvist|Littlejohn|Lozano|Lý|MacAllister|Magnússon|Mahoney|Markovic|Martínez|Mbeki
McElroy|Mendoza-Ruiz|Moreau|Nakamura|Nasser|Ng|Nguyen|Nuñez|O'Brien|O'Shaughnessy|Obando|Okonkwo|Olufemi|Ortega|Oyelaran
Pacheco|Papadakis|Park|Pellegrini|Petrosyan|Pham|Pruitt|Quintanilla|Rademacher|Ramírez|Rasmussen|Redfern|Reyes|Rosenthal
Rutherford|Sandoval|Santos-Oliveira|Schaefer|Sepúlveda|Shapiro|Silverhorn|Singh|St. Clair|Standingbear|Stavros|Sørensen|Tagaloa
Takahashi|Thibodeaux|Thornquist|Tran|Tsosie|Underhill|Urquhart|Valdez|Van der Meer|Vasquez|Villanueva|Wadsworth|Washington
Weatherby|Whitcomb|Wójcik|Xiong|Yamashita|Yoder|Zamora|Zielinski|Zuckerman""".replace("\n", "|").split("|")
)
WOMEN = tuple(
    """Adaeze|Agnes|Alma|Amparo|Anneliese|Beatriz|Bernadette|Birgitta|Carmen|Charlotte|Clementine|Concepción|Cora|Delphine|Dolores
Dorothea|Edith|Eleanor|Esperanza|Estelle|Eun-ji|Fatima|Florence|Geneviève|Georgia|Gloria|Gwendolyn|Harriet|Henrietta|Hortensia
Imogene|Inés|Ioana|Josephine|Kamala|Keiko|Lakshmi|Leilani|Lidia|Linh|Lucille|Mabel|Magdalena|Margit|María|Mary Ann|Mei-Ling
Miriam|Nadia|Nanette|Nettie|Noor|Odette|Ofelia|Pearl|Philomena|Rosalind|Ruth|Sadie|Shirley|Sigrid|Socorro|Thelma|Ursula|Violet
Wilhelmina|Winifred|Yolanda|Zora|Zsófia""".replace("\n", "|").split("|")
)
MEN = tuple(
    """Abel|Alasdair|Ambrose|Amos|Anselm|Arturo|Babatunde|Bernard|Boris|Calvin|Cesar|Clarence|Cornelius|Cyrus|Desmond|Dmitri
Edmund|Eduardo|Elijah|Emeka|Enrique|Ernesto|Eugene|Ezekiel|Ferdinand|Floyd|François|Gerald|Giuseppe|Gordon|Gustavo|Harlan
Hiroshi|Horace|Ignacio|Isidore|Jean-Luc|Jerome|Joaquín|José|Kofi|Laszlo|Leopold|Lionel|Luis|Malachi|Manuel|Marcellus|Matteo
Milton|Moses|Nathaniel|Nikolai|Norbert|Óscar|Otis|Percival|Pradeep|Quang|Rafael|Raymond|Reginald|Roscoe|Rufus|Salvatore|Seung-ho
Stanislav|Sylvester|Tadeusz|Theodore|Tomás|Ulysses|Vernon|Vikram|Wallace|Wendell|Xavier|Yusuf|Zachariah""".replace(
        "\n", "|"
    ).split("|")
)
STREETS = (
    "Alder Court",
    "Bluebird Lane",
    "Canyon View Road",
    "Cedar Hollow Drive",
    "Elm Street",
    "Foxglove Way",
    "Granite Avenue",
    "Heron Street",
    "Juniper Terrace",
    "Lantern Hill Road",
    "Magnolia Avenue",
    "Mill Pond Road",
    "Old Orchard Road",
    "Quarry Street",
    "Sparrow Lane",
    "Sycamore Boulevard",
    "Tamarack Drive",
    "Willow Bend",
)
LANGUAGES = ("en",) * 17 + ("es", "es", "vi")
_LETTERS = "ACDEFGHJKMNPQRTUVWXY"  # the letters a real MBI may hold
_NEVER_IN_A_REAL_MBI = "SLOIBZ"


def plain(name: str) -> str:
    """A name with case, accents, spaces and punctuation taken away: two people alike in this could be mistaken."""
    return "".join(ch for ch in unicodedata.normalize("NFKD", name.casefold()) if ch.isalnum())


def marks(patient: Patient) -> set[tuple[str, str, str]]:
    """What a caller without a number may be known by: names with birth date, names with telephone."""
    named = (plain(patient.family_name), plain(patient.given_name))
    return {(*named, patient.born.isoformat()), (*named, patient.phone)}


def synthetic_mbi(rng: Random) -> str:
    """Eleven characters in the MBI's position grammar, the second one a letter that no real MBI has."""
    alnum = _LETTERS + "0123456789"
    return "".join(
        (
            rng.choice("123456789"),
            rng.choice(_NEVER_IN_A_REAL_MBI),
            rng.choice(alnum),
            rng.choice("0123456789"),
            rng.choice(_LETTERS),
            rng.choice(alnum),
            rng.choice("0123456789"),
            rng.choice(_LETTERS),
            rng.choice(_LETTERS),
            f"{rng.randrange(100):02d}",
        )
    )


def born_before(month: ServiceMonth, rng: Random) -> date:
    """A birth date: mostly 66 to 95 years before the month, one in twenty younger and on Medicare by disability."""
    years = rng.triangular(66, 95, 76) if rng.random() > 0.05 else rng.uniform(42, 64)
    return month.first_day - timedelta(days=int(years * 365.25))


def draw_patients(practice: Practice, month: ServiceMonth, rng: Random) -> Iterator[Patient]:
    """An endless roster. No two people share names and birth date, or names and telephone, or an MBI.

    ``key`` is left empty: the reader of the inbox derives it.
    """
    area = practice.phone[-10:-7]
    taken: set[tuple[str, str, str]] = set()
    mbis: set[str] = set()
    number = 0
    while True:
        sex = "F" if rng.random() < 0.57 else "M"
        patient = Patient(
            key="",
            mrn=f"M{104729 + number * 3:07d}",
            family_name=rng.choice(FAMILY_NAMES),
            given_name=rng.choice(WOMEN if sex == "F" else MEN),
            born=born_before(month, rng),
            sex=sex,
            mbi=synthetic_mbi(rng),
            phone=f"{area}55501{rng.randrange(100):02d}",
            language=rng.choice(LANGUAGES),
            address=Address(
                line1=f"{rng.randrange(3, 9890)} {rng.choice(STREETS)}",
                line2=f"Apt {rng.randrange(1, 60)}" if rng.random() < 0.2 else "",
                city=practice.address.city,
                state=practice.address.state,
                postal_code=f"{practice.address.postal_code[:5]}{rng.randrange(1, 9000):04d}",
            ),
        )
        own = marks(patient)
        if taken & own or patient.mbi in mbis:
            continue
        taken |= own
        mbis.add(patient.mbi)
        number += 1
        yield patient


def namesake(patient: Patient, other: Patient) -> Patient:
    """``patient`` with the names, sex and birth date of ``other``: only record number and MBI tell them apart."""
    return replace(patient, family_name=other.family_name, given_name=other.given_name, born=other.born, sex=other.sex)
