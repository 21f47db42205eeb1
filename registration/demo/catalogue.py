"""What the made-up centres sell: programs, activities by age, memberships, ledger codes and taxes."""

import datetime as dt
from dataclasses import dataclass

PRESCHOOL, YOUNG, JUNIOR, TEEN, ADULT = range(5)
# Youngest and oldest of each age band; lessons for those of 14 or less bear no tax in Québec.
AGES = {PRESCHOOL: (3, 5), YOUNG: (6, 8), JUNIOR: (9, 12), TEEN: (13, 17), ADULT: (18, 99)}
TAXED_BANDS = {TEEN, ADULT}


@dataclass(frozen=True)
class Course:
    """An activity of the catalogue, offered again every session."""

    french: str
    english: str
    band: int
    category: str
    price: int
    code: str = "4100"


RECREATION = (
    Course("Natation – Étoile de mer", "Swimming – Sea Star", PRESCHOOL, "swimming", 98_00),
    Course("Natation – Canard", "Swimming – Duck", PRESCHOOL, "swimming", 98_00),
    Course("Éveil musical", "Musical awakening", PRESCHOOL, "arts", 112_00, "4120"),
    Course("Gymnastique parent-enfant", "Parent and child gymnastics", PRESCHOOL, "gymnastics", 124_00),
    Course("Natation – Nageur 2", "Swimming – Swimmer 2", YOUNG, "swimming", 104_00),
    Course("Soccer intérieur U9 mixte", "Indoor soccer U9 mixed", YOUNG, "soccer", 185_00),
    Course("Gymnastique récréative 6-8 ans", "Recreational gymnastics 6–8", YOUNG, "gymnastics", 168_00),
    Course("Patinage – Étape 1", "Skating – Stage 1", YOUNG, "skating", 136_50),
    Course("Karaté – ceinture blanche", "Karate – white belt", YOUNG, "martial arts", 148_00),
    Course("Atelier de dessin", "Drawing workshop", YOUNG, "arts", 95_00, "4120"),
    Course("Natation – Nageur 5", "Swimming – Swimmer 5", JUNIOR, "swimming", 104_00),
    Course("Soccer intérieur U12", "Indoor soccer U12", JUNIOR, "soccer", 195_00),
    Course("Patinage – Étape 4", "Skating – Stage 4", JUNIOR, "skating", 142_00),
    Course("Hip-hop 9-12 ans", "Hip-hop 9–12", JUNIOR, "dance", 158_00),
    Course("Robotique", "Robotics", JUNIOR, "science", 176_00, "4120"),
    Course("Badminton libre – ados", "Open badminton – teens", TEEN, "racquet sports", 72_00),
    Course("Sauveteur – Médaille de bronze", "Lifeguard – Bronze Medallion", TEEN, "swimming", 210_00),
    Course("Guitare – groupe", "Group guitar", TEEN, "arts", 188_00, "4120"),
    Course("Aquaforme", "Aquafitness", ADULT, "swimming", 118_00),
    Course("Yoga doux", "Gentle yoga", ADULT, "fitness", 132_00),
    Course("Poterie – débutant", "Pottery – beginners", ADULT, "arts", 196_00, "4120"),
)
SOCCER = (
    Course("Timbits U4", "Timbits U4", PRESCHOOL, "soccer", 85_00),
    Course("Soccer U5", "Soccer U5", PRESCHOOL, "soccer", 110_00),
    Course("Soccer U6 mixte", "Soccer U6 mixed", YOUNG, "soccer", 140_00),
    Course("Soccer U8 local", "Local soccer U8", YOUNG, "soccer", 165_00),
    Course("Soccer U8 compétition", "Competitive soccer U8", YOUNG, "soccer", 165_00),
    Course("Soccer U10 local", "Local soccer U10", JUNIOR, "soccer", 195_00),
    Course("Soccer U10 compétition", "Competitive soccer U10", JUNIOR, "soccer", 195_00),
    Course("Soccer U12 compétition", "Competitive soccer U12", JUNIOR, "soccer", 345_00),
    Course("Soccer U15 local", "Local soccer U15", TEEN, "soccer", 235_00),
    Course("Formation d’arbitre", "Referee training", TEEN, "training", 60_00, "4120"),
    Course("Ligue adulte du jeudi", "Thursday adult league", ADULT, "soccer", 210_00),
)
CAMP = Course("Camp de jour – semaine {week}", "Day camp – week {week}", YOUNG, "camp", 165_00, "4110")
_TAXED = {course.french for course in (*RECREATION, *SOCCER) if course.band in TAXED_BANDS}
DAYS = (
    ("samedi", "Saturday"),
    ("dimanche", "Sunday"),
    ("lundi", "Monday"),
    ("mardi", "Tuesday"),
    ("mercredi", "Wednesday"),
    ("jeudi", "Thursday"),
    ("vendredi", "Friday"),
)
HOURS = (9, 10, 11, 13, 14, 16, 17, 18)

LEDGER_CODES = (
    ("4100", "Cours et activités", "Courses and activities"),
    ("4110", "Camps de jour", "Day camps"),
    ("4120", "Ateliers", "Workshops"),
    ("4200", "Affiliations", "Memberships"),
    ("4300", "Frais administratifs", "Administrative fees"),
    ("4310", "Frais de retard", "Late fees"),
)
# Each rate in millionths, from a day on. The QST is a share of the price alone since 2013.
GST_RATES = ((dt.date(1991, 1, 1), 70_000), (dt.date(2006, 7, 1), 60_000), (dt.date(2008, 1, 1), 50_000))
TAXES = (
    ("GST", "TPS", "GST", GST_RATES, "R 123456789"),
    ("QST", "TVQ", "QST", ((dt.date(2013, 1, 1), 99_750),), "1234567890 TQ 0001"),
)
MEMBERSHIPS = (
    ("Carte de membre annuelle", "Annual membership card", 25_00),
    ("Accès piscine – famille", "Pool access – family", 145_00),
    ("Résident – tarif réduit", "Resident – reduced rate", 0),
)
TAGS = ("Famille nombreuse", "Aide financière", "Non-résident", "Bénévole")


@dataclass(frozen=True)
class Season:
    """A session of the catalogue, and how people reach it: the lower the order, the more choose it."""

    french: str
    english: str
    starts_on: dt.date
    ends_on: dt.date
    is_camp: bool = False


def seasons(on: dt.date) -> list[Season]:
    """The fall under way or just past, the winter after it, and the summer camp before it."""
    fall = on.year if on.month >= 7 else on.year - 1
    return [
        Season(f"Automne {fall}", f"Fall {fall}", dt.date(fall, 9, 12), dt.date(fall, 12, 13)),
        Season(f"Hiver {fall + 1}", f"Winter {fall + 1}", dt.date(fall + 1, 1, 9), dt.date(fall + 1, 4, 4)),
        Season(f"Camp d’été {fall}", f"Summer camp {fall}", dt.date(fall, 6, 29), dt.date(fall, 8, 21), is_camp=True),
    ]


def course_name(activity_name: str) -> str:
    """The course an activity is a group of."""
    return activity_name.partition(", ")[0]


def is_taxed(activity_name: str) -> bool:
    return course_name(activity_name) in _TAXED


def group_name(course: Course, group: int, groups: int) -> tuple[str, str]:
    """The name of one group of a course; a course with one group needs no day and no hour."""
    if groups == 1:
        return course.french, course.english
    day, hour = DAYS[group % len(DAYS)], HOURS[group // len(DAYS) % len(HOURS)]
    return f"{course.french}, {day[0]} {hour} h", f"{course.english}, {day[1]} {hour}:00"
