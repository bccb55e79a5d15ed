"""The nouns of the phrasebook, grouped by what one does with them; people, places, rooms.

A noun line reads `english[/irregular plural]: article German[, plural]`; a star marks a weak masculine (der Kollege*).
"""

from __future__ import annotations

import english as en
from german import ACCUSATIVE, DATIVE
from grammar import Name, Noun, NounPhrase, Part, prepositional

_GENDERS = {"der": "m", "die": "f", "das": "n"}


def nouns(lines: str) -> tuple[Noun, ...]:
    found = []
    for line in lines.strip().splitlines():
        english, _, german = line.strip().partition(": ")
        english, _, irregular = english.partition("/")
        german, _, german_plural = german.partition(", ")
        article, _, german = german.partition(" ")
        plural = (irregular or en.plural(english)) if german_plural else ""
        weak = german.endswith("*")
        found.append(Noun(english, plural, german.rstrip("*"), german_plural, _GENDERS[article], weak))
    return tuple(found)


# --- things -----------------------------------------------------------------------------------------------------------

DISHES = nouns("""
    soup: die Suppe, Suppen
    salad: der Salat, Salate
    pizza: die Pizza, Pizzas
    sausage: die Wurst, Würste
    cake: der Kuchen, Kuchen
    apple: der Apfel, Äpfel
    banana: die Banane, Bananen
    orange: die Orange, Orangen
    egg: das Ei, Eier
    roll: das Brötchen, Brötchen
    pear: die Birne, Birnen
    pancake: der Pfannkuchen, Pfannkuchen
""")
GROCERIES = nouns("""
    bread: das Brot
    cheese: der Käse
    fish: der Fisch
    meat: das Fleisch
    rice: der Reis
    butter: die Butter
    ham: der Schinken
    honey: der Honig
    chocolate: die Schokolade
    ice cream: das Eis
""")
HOT_DRINKS = nouns("""
    coffee: der Kaffee, Kaffees
    tea: der Tee, Tees
    cocoa: der Kakao, Kakaos
""")
COLD_DRINKS = nouns("""
    beer: das Bier, Biere
    lemonade: die Limonade, Limonaden
""")
DRINKS = HOT_DRINKS + COLD_DRINKS
LIQUIDS = nouns("""
    water: das Wasser
    milk: die Milch
    wine: der Wein
    juice: der Saft
""")
GARMENTS = nouns("""
    jacket: die Jacke, Jacken
    coat: der Mantel, Mäntel
    shirt: das Hemd, Hemden
    dress: das Kleid, Kleider
    skirt: der Rock, Röcke
    sweater: der Pullover, Pullover
    scarf/scarves: der Schal, Schals
    blouse: die Bluse, Blusen
    suit: der Anzug, Anzüge
""")
ACCESSORIES = nouns("""
    hat: der Hut, Hüte
    belt: der Gürtel, Gürtel
    cap: die Mütze, Mützen
""")
CLOTHES = GARMENTS + ACCESSORIES
PAIRED = nouns("""
    shoe: der Schuh, Schuhe
    glove: der Handschuh, Handschuhe
    boot: der Stiefel, Stiefel
    sock: die Socke, Socken
""")
BELONGINGS = nouns("""
    key: der Schlüssel, Schlüssel
    umbrella: der Regenschirm, Regenschirme
    bag: die Tasche, Taschen
    suitcase: der Koffer, Koffer
    wallet: die Geldbörse, Geldbörsen
    passport: der Reisepass, Reisepässe
    camera: die Kamera, Kameras
    mobile phone: das Handy, Handys
    city map: der Stadtplan, Stadtpläne
    towel: das Handtuch, Handtücher
    watch: die Uhr, Uhren
""")
READING = nouns("""
    book: das Buch, Bücher
    newspaper: die Zeitung, Zeitungen
    magazine: die Zeitschrift, Zeitschriften
    travel guide: der Reiseführer, Reiseführer
    dictionary: das Wörterbuch, Wörterbücher
""")
POST = nouns("""
    letter: der Brief, Briefe
    postcard: die Postkarte, Postkarten
    message: die Nachricht, Nachrichten
""")
PRESENTS = nouns("""
    gift: das Geschenk, Geschenke
    picture: das Bild, Bilder
    flower: die Blume, Blumen
    parcel: das Paket, Pakete
    photo: das Foto, Fotos
    ball: der Ball, Bälle
""")
DEVICES = nouns("""
    computer: der Computer, Computer
    television: der Fernseher, Fernseher
    radio: das Radio, Radios
    lamp: die Lampe, Lampen
    washing machine: die Waschmaschine, Waschmaschinen
    oven: der Ofen, Öfen
    printer: der Drucker, Drucker
    dishwasher: die Spülmaschine, Spülmaschinen
""")
HEATINGS = nouns("""
    heating: die Heizung, Heizungen
    light: das Licht, Lichter
""")
OPENINGS = nouns("""
    window: das Fenster, Fenster
    door: die Tür, Türen
    gate: das Tor, Tore
    box: die Kiste, Kisten
""")
FURNITURE = nouns("""
    chair: der Stuhl, Stühle
    sofa: das Sofa, Sofas
    mirror: der Spiegel, Spiegel
    carpet: der Teppich, Teppiche
    shelf/shelves: das Regal, Regale
    desk: der Schreibtisch, Schreibtische
""")
TABLEWARE = nouns("""
    plate: der Teller, Teller
    cup: die Tasse, Tassen
    glass: das Glas, Gläser
    bottle: die Flasche, Flaschen
    spoon: der Löffel, Löffel
    fork: die Gabel, Gabeln
    knife/knives: das Messer, Messer
    pot: der Topf, Töpfe
""")
VEHICLES = nouns("""
    car: das Auto, Autos
    bicycle: das Fahrrad, Fahrräder
    motorcycle: das Motorrad, Motorräder
    boat: das Boot, Boote
""")
DWELLINGS = nouns("""
    flat: die Wohnung, Wohnungen
    house: das Haus, Häuser
    room: das Zimmer, Zimmer
    garage: die Garage, Garagen
    kitchen: die Küche, Küchen
    bathroom: das Badezimmer, Badezimmer
    balcony: der Balkon, Balkone
""")
APPOINTMENTS = nouns("""
    appointment: der Termin, Termine
    meeting: die Besprechung, Besprechungen
    course: der Kurs, Kurse
    lesson: die Unterrichtsstunde, Unterrichtsstunden
""")
TRIPS = nouns("""
    trip: die Reise, Reisen
    excursion: der Ausflug, Ausflüge
""")
SHOWS = nouns("""
    concert: das Konzert, Konzerte
    film: der Film, Filme
    party: die Feier, Feiern
    exhibition: die Ausstellung, Ausstellungen
    play: das Theaterstück, Theaterstücke
    football match: das Fußballspiel, Fußballspiele
""")
PAPERWORK = nouns("""
    form: das Formular, Formulare
    bill: die Rechnung, Rechnungen
    contract: der Vertrag, Verträge
    report: der Bericht, Berichte
    question: die Frage, Fragen
    address: die Adresse, Adressen
""")
TICKETS = nouns("""
    ticket: die Fahrkarte, Fahrkarten
    admission ticket: die Eintrittskarte, Eintrittskarten
""")
BODY = nouns("""
    head: der Kopf, Köpfe
    stomach: der Bauch, Bäuche
    back: der Rücken, Rücken
    throat: der Hals, Hälse
    arm: der Arm, Arme
    shoulder: die Schulter, Schultern
    neck: der Nacken, Nacken
    nose: die Nase, Nasen
""")
LIMBS = nouns("""
    foot/feet: der Fuß, Füße
    knee: das Knie, Knie
    leg: das Bein, Beine
    hand: die Hand, Hände
    ear: das Ohr, Ohren
    eye: das Auge, Augen
    finger: der Finger, Finger
    tooth/teeth: der Zahn, Zähne
""")
TRANSPORT = nouns("""
    bus: der Bus, Busse
    train: der Zug, Züge
    tram: die Straßenbahn, Straßenbahnen
    taxi: das Taxi, Taxis
    flight: der Flug, Flüge
""")
PETS = nouns("""
    dog: der Hund, Hunde
    cat: die Katze, Katzen
    horse: das Pferd, Pferde
    bird: der Vogel, Vögel
""")

# --- people -----------------------------------------------------------------------------------------------------------

RELATIVES = nouns("""
    mother: die Mutter, Mütter
    father: der Vater, Väter
    sister: die Schwester, Schwestern
    brother: der Bruder, Brüder
    aunt: die Tante, Tanten
    uncle: der Onkel, Onkel
    grandmother: die Großmutter, Großmütter
    grandfather: der Großvater, Großväter
    daughter: die Tochter, Töchter
    son: der Sohn, Söhne
    wife/wives: die Frau, Frauen
    husband: der Mann, Männer
""")
ACQUAINTANCES = nouns("""
    neighbour: der Nachbar*, Nachbarn
    colleague: der Kollege*, Kollegen
    boss: der Chef, Chefs
    teacher: der Lehrer, Lehrer
    friend: der Freund, Freunde
    dentist: der Zahnarzt, Zahnärzte
""")
PROFESSIONALS = nouns("""
    doctor: der Arzt, Ärzte
    waiter: der Kellner, Kellner
    waitress: die Kellnerin, Kellnerinnen
    guest: der Gast, Gäste
    policeman/policemen: der Polizist*, Polizisten
    student: der Student*, Studenten
    tourist: der Tourist*, Touristen
    taxi driver: der Taxifahrer, Taxifahrer
    saleswoman/saleswomen: die Verkäuferin, Verkäuferinnen
    man/men: der Mann, Männer
    woman/women: die Frau, Frauen
    boy: der Junge*, Jungen
    lady: die Dame, Damen
""")
GROUPS = nouns("""
    parent: das Elternteil, Eltern
    grandparent: das Großelternteil, Großeltern
    child/children: das Kind, Kinder
    friend: der Freund, Freunde
    neighbour: der Nachbar*, Nachbarn
    colleague: der Kollege*, Kollegen
    daughter: die Tochter, Töchter
    son: der Sohn, Söhne
""")
NAMES = (
    *(Name(name, "f") for name in ["Anna", "Julia", "Laura", "Sophie", "Maria", "Clara"]),
    *(Name(name, "m") for name in ["Lukas", "Peter", "Paul", "Felix", "Jonas", "David"]),
)
FAMILY_VOCATIVES = (Part("Mum", "Mama"), Part("Dad", "Papa"), Part("Grandma", "Oma"), Part("Grandpa", "Opa"))
SURNAMES = ["Schneider", "Weber", "Fischer", "Wagner", "Becker", "Hoffmann"]

# --- places -----------------------------------------------------------------------------------------------------------

_PLACES = """
    station: der Bahnhof = zu, an at
    airport: der Flughafen = zu, an at
    museum: das Museum = in, in at
    cinema: das Kino = in, in at
    theatre: das Theater = in, in at
    restaurant: das Restaurant = in, in at
    supermarket: der Supermarkt = in, in at
    bakery: die Bäckerei = zu, in at
    pharmacy: die Apotheke = zu, in at
    hospital: das Krankenhaus = in, in at
    library: die Bibliothek = in, in at
    bank: die Bank = zu, in at
    park: der Park = in, in in
    church: die Kirche = in, in in
    market: der Markt = auf, auf at
    beach: der Strand = an, an on
    swimming pool: das Schwimmbad = in, in at
    office: das Büro = in, in at
    school: die Schule = in, in at
    university: die Universität = zu, an at
    hotel: das Hotel = in, in at
    post office: die Post = zu, auf at
    town hall: das Rathaus = zu, in at
    castle: das Schloss = zu, in at
    zoo: der Zoo = in, in at
    harbour: der Hafen = zu, an at
"""


def _places() -> dict[str, tuple[NounPhrase, Part, Part]]:
    places = {}
    for line in _PLACES.strip().splitlines():
        entry, _, prepositions = line.strip().partition(" = ")
        (noun,) = nouns(entry)
        phrase = NounPhrase(noun)
        direction, _, position = prepositions.partition(", ")
        german_position, _, english_position = position.partition(" ")
        going = prepositional("to", direction, DATIVE if direction == "zu" else ACCUSATIVE, phrase)
        places[noun.english] = (phrase, going, prepositional(english_position, german_position, DATIVE, phrase))
    return places


PLACES = _places()
DIRECTIONS = tuple(going for _, going, _ in PLACES.values())
SIGHTS = tuple(
    phrase.noun
    for name, (phrase, _, _) in PLACES.items()
    if name in ("museum", "church", "castle", "zoo", "town hall", "harbour")
)
BUILDINGS = tuple(phrase.noun for name, (phrase, _, _) in PLACES.items() if name not in ("beach", "office"))
CITIES = tuple(
    Part(english, german)
    for english, german in (
        ("Berlin", "Berlin"),
        ("Hamburg", "Hamburg"),
        ("Munich", "München"),
        ("Cologne", "Köln"),
        ("Vienna", "Wien"),
        ("Zurich", "Zürich"),
        ("Frankfurt", "Frankfurt"),
        ("Leipzig", "Leipzig"),
        ("Dresden", "Dresden"),
        ("Geneva", "Genf"),
    )
)
COUNTRIES = tuple(
    Part(english, german)
    for english, german in (
        ("Italy", "Italien"),
        ("Spain", "Spanien"),
        ("France", "Frankreich"),
        ("Austria", "Österreich"),
        ("Denmark", "Dänemark"),
        ("Greece", "Griechenland"),
    )
)
VEHICLE_RIDES = tuple(
    Part(english, german)
    for english, german in (
        ("by train", "mit dem Zug"),
        ("by bus", "mit dem Bus"),
        ("by car", "mit dem Auto"),
        ("by bicycle", "mit dem Fahrrad"),
        ("by tram", "mit der Straßenbahn"),
        ("by taxi", "mit dem Taxi"),
    )
)
ROOMS = tuple(
    Part(english, german)
    for english, german in (
        ("in the kitchen", "in der Küche"),
        ("in the garden", "im Garten"),
        ("in the living room", "im Wohnzimmer"),
        ("on the balcony", "auf dem Balkon"),
        ("at home", "zu Hause"),
    )
)
AT_HOME = ROOMS[4]
EATING_PLACES = (*ROOMS, PLACES["restaurant"][2], PLACES["hotel"][2])
SPOTS = nouns("""
    table: der Tisch, Tische
    bed: das Bett, Betten
    cupboard: der Schrank, Schränke
    sofa: das Sofa, Sofas
    door: die Tür, Türen
    window: das Fenster, Fenster
    shelf/shelves: das Regal, Regale
    suitcase: der Koffer, Koffer
    bag: die Tasche, Taschen
    chair: der Stuhl, Stühle
    lamp: die Lampe, Lampen
    drawer: die Schublade, Schubladen
    wall: die Wand, Wände
    desk: der Schreibtisch, Schreibtische
""")
SPOTS_BY_PREPOSITION = {  # English preposition: (German preposition, spots for which it is natural)
    "on": ("auf", "table bed sofa chair shelf desk"),
    "under": ("unter", "table bed sofa chair desk"),
    "in": ("in", "cupboard suitcase bag drawer"),
    "next to": ("neben", "bed cupboard sofa door window lamp chair"),
    "behind": ("hinter", "door sofa cupboard bed"),
    "in front of": ("vor", "door window cupboard bed sofa"),
}
