"""Names as one meets them in Québec, by where a family comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Families of one origin: how many in a hundred, the language they are written to, and their names."""

    share: int
    language: str
    surnames: str
    women: str
    men: str
    girls: str
    boys: str


QUEBEC = Origin(
    share=72,
    language="fr",
    surnames="""Tremblay Gagnon Roy Côté Bouchard Gauthier Morin Lavoie Fortin Gagné Ouellet Pelletier Bélanger Lévesque
    Bergeron Leblanc Paquette Girard Simard Boucher Caron Beaulieu Cloutier Dubé Poirier Fournier Lapointe Leclerc
    Lefebvre Poulin Thibault St-Pierre Nadeau Martin Landry Martel Bédard Grenier Lessard Bernier Richard Michaud Hébert
    Desjardins Couture Turcotte Lachance Parent Blais Gosselin Savard Proulx Beaudoin Demers Perreault Boudreau Lemieux
    Cyr Perron Dufour Dion Mercier Bolduc Bérubé Boisvert Langlois Ménard Therrien Plante Bilodeau Blanchette Dubois
    Champagne Paradis Fortier Arsenault Dupuis Gaudreault Hamel Houle Villeneuve Rousseau Gravel Thériault Lemay Robert
    Allard Deschênes Giroux Guay Leduc Boivin Charbonneau Lambert Raymond Vachon L’Heureux D’Amours Desrosiers""",
    women="""Catherine Stéphanie Julie Annie Isabelle Geneviève Véronique Caroline Audrey Marie-Ève Mélanie Nathalie
    Karine Valérie Émilie Josée Chantal Sophie Amélie Marie-Claude Maude Andréanne Joëlle Myriam Vanessa Roxanne""",
    men="""Stéphane Mathieu François Martin Nicolas Patrick Éric Sébastien Alexandre Jean-François Simon Benoît
    Guillaume Maxime Philippe Dominic Yannick Marc-André Pierre-Luc Frédéric Jonathan Hugo Steve Étienne Vincent""",
    girls="""Léa Florence Alice Rosalie Juliette Charlotte Béatrice Éloïse Emma Zoé Chloé Maëlle Livia Jade Mila Camille
    Élodie Clara Romy Marie-Philippe Anaïs Noémie Jeanne Flavie Maélie Laurence Simone Margot""",
    boys="""Olivier Thomas William Émile Zachary Jacob Félix Nathan Noah Samuel Raphaël Gabriel Édouard Logan Léo Louis
    Antoine Théo Xavier Arthur Loïc Henri Elliot Mathis Jérémy Charles-Étienne Alexis Ludovic""",
)
ENGLISH = Origin(
    share=10,
    language="en",
    surnames="""MacDonald O’Brien Smith Campbell Murphy Wilson Brown Fraser Kelly Stewart Morrison Walsh Burns Patterson
    Ferguson Thompson O’Neill Cameron""",
    women="Heather Jennifer Megan Sarah Kathleen Erin Laura Fiona Amy Bridget Alison Kelly",
    men="Declan Ryan Andrew Ian Kevin Duncan Michael Sean Gordon Trevor Neil Matthew",
    girls="Isla Fionnuala Abigail Grace Maeve Hannah Ella Rowan Tessa Molly Norah Sadie",
    boys="Liam Owen Connor Ethan Rory Lucas Callum Finn Jack Angus Miles Henry",
)
OTHERS = (
    Origin(
        share=4,
        language="fr",
        surnames="Haddad Benali Khoury Mansouri Cherif Saadi Boukhari Nasser",
        women="Nadia Samira Leïla Amina Rania Houda",
        men="Karim Youssef Rachid Omar Mehdi Tarek",
        girls="Yasmine Inès Lina Sara Nour Maya",
        boys="Ilyès Adam Rayan Amine Zakaria Idris",
    ),
    Origin(
        share=3,
        language="fr",
        surnames="Jean-Baptiste Pierre-Louis Joseph Desir Dorcéus Toussaint",
        women="Marlène Guerda Fabiola Mirlande Régine",
        men="Wilner Jude Emmanuel Ricardo Frantz",
        girls="Naïka Anaya Rebecca Daphnée Keyla",
        boys="Wesley Ruben Jayden Stanley Kervens",
    ),
    Origin(
        share=3,
        language="fr",
        surnames="Diallo Traoré Koné Ndiaye Mbaye Camara",
        women="Fatou Mariam Aïssatou Awa Kadiatou",
        men="Ousmane Mamadou Ibrahima Moussa Cheikh",
        girls="Aminata Khadija Adja Bintou Safiatou",
        boys="Malick Abdoulaye Seydou Amadou Lamine",
    ),
    Origin(
        share=3,
        language="fr",
        surnames="Hernández Rodríguez García Muñoz Pérez Ramírez",
        women="Lucía Carolina Paola Verónica Mónica",
        men="Andrés Javier Ricardo Héctor Julián",
        girls="Valentina Sofía Camila Isabela Martina",
        boys="Mateo Santiago Thiago Emiliano Diego",
    ),
    Origin(
        share=2,
        language="en",
        surnames="Singh Kaur_Gill Sandhu Patel Sharma Dhillon",
        women="Harpreet Priya Simran Anjali Gurleen",
        men="Gurpreet Rajesh Manpreet Vikram Jaspreet",
        girls="Anika Jasmine Diya Meher Asha",
        boys="Arjun Kabir Rohan Veer Dev",
    ),
    Origin(
        share=2,
        language="fr",
        surnames="Nguyen Tran Le Pham Huynh Vo",
        women="Linh Thuy Mai Lan Huong",
        men="Duc Hieu Quang Tuan Binh",
        girls="Minh-Anh Kim-Ly Thao-My Jade-Lan Bao-Tran",
        boys="Minh-Khoa Gia-Bao Anh-Tu Duy Hoang-Nam",
    ),
    Origin(
        share=1,
        language="en",
        surnames="Papadopoulos Rossi Kowalski Ferreira Ivanova Cohen",
        women="Sophia Elena Marta Irina Rachel",
        men="Dimitri Marco Pawel João David",
        girls="Élie Giulia Zofia Beatriz Maya",
        boys="Nikos Luca Jakub Tiago Noam",
    ),
)
ORIGINS = (QUEBEC, ENGLISH, *OTHERS)

STREETS = """rue_des_Érables rue_Principale boul._Laurier rue_Saint-Jean av._du_Parc rue_Notre-Dame rue_des_Pins
ch._du_Lac rue_de_l’Église rue_Sainte-Anne av._des_Ormes rue_du_Collège boul._des_Sources rue_Champlain rue_Frontenac
rue_de_la_Gare av._Cartier rue_Papineau rue_des_Lilas rue_du_Moulin"""
CITIES = """Saint-Aubin Les_Érables Saint-Hyacinthe Granby Mont-Saint-Hilaire Belœil Drummondville Sainte-Julie
Trois-Rivières Châteauguay"""


def words(text: str) -> list[str]:
    """Names separated by spaces; an underscore stands for a space inside one name."""
    return [word.replace("_", " ") for word in text.split()]
