"""The words of the phrasebook: nouns by what one does with them, people, places, adjectives, verbs, times.

A noun line reads `english[/irregular plural]: article German[, plural]`; a star marks a weak masculine (der Kollege*).
"""

from __future__ import annotations

import english as en
from german import ACCUSATIVE, DATIVE
from grammar import Adjective, Name, Noun, NounPhrase, Part, Verb, prepositional, verb

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
DRINKS = nouns("""
    coffee: der Kaffee, Kaffees
    tea: der Tee, Tees
    beer: das Bier, Biere
    lemonade: die Limonade, Limonaden
    cocoa: der Kakao, Kakaos
""")
LIQUIDS = nouns("""
    water: das Wasser
    milk: die Milch
    wine: der Wein
    juice: der Saft
""")
CLOTHES = nouns("""
    jacket: die Jacke, Jacken
    coat: der Mantel, Mäntel
    shirt: das Hemd, Hemden
    dress: das Kleid, Kleider
    skirt: der Rock, Röcke
    hat: der Hut, Hüte
    sweater: der Pullover, Pullover
    scarf/scarves: der Schal, Schals
    blouse: die Bluse, Blusen
    belt: der Gürtel, Gürtel
    cap: die Mütze, Mützen
    suit: der Anzug, Anzüge
""")
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
    letter: der Brief, Briefe
    magazine: die Zeitschrift, Zeitschriften
    postcard: die Postkarte, Postkarten
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
    heating: die Heizung, Heizungen
    oven: der Ofen, Öfen
    printer: der Drucker, Drucker
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
    trip: die Reise, Reisen
    lesson: die Unterrichtsstunde, Unterrichtsstunden
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
    bank: die Bank = zu, auf at
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
        ("Berlin", "Berlin"), ("Hamburg", "Hamburg"), ("Munich", "München"), ("Cologne", "Köln"), ("Vienna", "Wien"),
        ("Zurich", "Zürich"), ("Frankfurt", "Frankfurt"), ("Leipzig", "Leipzig"), ("Dresden", "Dresden"), ("Geneva", "Genf"),
    )
)  # fmt: skip
COUNTRIES = tuple(
    Part(english, german)
    for english, german in (
        ("Italy", "Italien"), ("Spain", "Spanien"), ("France", "Frankreich"), ("Austria", "Österreich"), ("Denmark", "Dänemark"),
        ("Greece", "Griechenland"),
    )
)  # fmt: skip
VEHICLE_RIDES = tuple(
    Part(english, german)
    for english, german in (
        ("by train", "mit dem Zug"), ("by bus", "mit dem Bus"), ("by car", "mit dem Auto"), ("by bicycle", "mit dem Fahrrad"),
        ("by tram", "mit der Straßenbahn"), ("by taxi", "mit dem Taxi"),
    )
)  # fmt: skip
ROOMS = tuple(
    Part(english, german)
    for english, german in (
        ("in the kitchen", "in der Küche"), ("in the garden", "im Garten"), ("in the living room", "im Wohnzimmer"),
        ("on the balcony", "auf dem Balkon"), ("at home", "zu Hause"),
    )
)  # fmt: skip
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
    fridge: der Kühlschrank, Kühlschränke
""")
SPOTS_BY_PREPOSITION = {  # English preposition: (German preposition, spots for which it is natural)
    "on": ("auf", "table bed sofa chair shelf desk"),
    "under": ("unter", "table bed sofa chair desk"),
    "in": ("in", "cupboard suitcase bag drawer shelf"),
    "next to": ("neben", "bed cupboard sofa door window lamp chair"),
    "behind": ("hinter", "door sofa cupboard bed"),
    "in front of": ("vor", "door window cupboard bed sofa"),
}

# --- adjectives -------------------------------------------------------------------------------------------------------


def _adjectives(lines: str) -> dict[str, Adjective]:
    """Lines `english: german [stem] | English comparative | German comparative`."""
    found = {}
    for line in lines.strip().splitlines():
        english, _, rest = line.strip().partition(": ")
        german, comparison, comparative = (*(piece.strip() for piece in rest.split("|")), "", "")[:3]
        predicative, _, stem = german.partition(" ")
        found[english] = Adjective(english, predicative, stem or predicative, comparison, comparative)
    return found


ADJECTIVES = _adjectives("""
    new: neu | newer | neuer
    old: alt | older | älter
    big: groß | bigger | größer
    small: klein | smaller | kleiner
    cheap: billig | cheaper | billiger
    expensive: teuer teur | more expensive | teurer
    beautiful: schön | more beautiful | schöner
    modern: modern | more modern | moderner
    quiet: ruhig | quieter | ruhiger
    bright: hell | brighter | heller
    comfortable: bequem | more comfortable | bequemer
    heavy: schwer | heavier | schwerer
    light: leicht | lighter | leichter
    long: lang | longer | länger
    short: kurz | shorter | kürzer
    warm: warm | warmer | wärmer
    thick: dick | thicker | dicker
    thin: dünn | thinner | dünner
    red: rot
    blue: blau
    green: grün
    black: schwarz
    white: weiß
    brown: braun
    grey: grau
    yellow: gelb
    fresh: frisch | fresher | frischer
    hot: heiß | hotter | heißer
    cold: kalt | colder | kälter
    good: gut | better | besser
    sweet: süß | sweeter | süßer
    strong: stark | stronger | stärker
    delicious: lecker
    interesting: interessant | more interesting | interessanter
    boring: langweilig | more boring | langweiliger
    important: wichtig | more important | wichtiger
    funny: lustig | funnier | lustiger
    friendly: freundlich | friendlier | freundlicher
    young: jung | younger | jünger
    nice: nett | nicer | netter
    famous: berühmt | more famous | berühmter
    broken: kaputt
    clean: sauber | cleaner | sauberer
    dirty: schmutzig | dirtier | schmutziger
    empty: leer
    full: voll
    tired: müde
    ill: krank
    late: spät
    nearest: nächst
    fast: schnell | faster | schneller
""")


def adjectives(names: str) -> tuple[Adjective, ...]:
    return tuple(ADJECTIVES[name] for name in names.split())


_COLOURS = "red blue green black white brown grey yellow"
QUALITIES = {  # which adjectives a group of nouns can bear
    DISHES: adjectives("fresh delicious good big small"),
    GROCERIES: adjectives("fresh delicious good cheap"),
    DRINKS: adjectives("hot cold strong delicious good"),
    LIQUIDS: adjectives("cold fresh good"),
    CLOTHES: adjectives(f"{_COLOURS} new old warm long short thick thin beautiful cheap expensive"),
    PAIRED: adjectives(f"{_COLOURS} new old warm comfortable cheap expensive"),
    BELONGINGS: adjectives("new old small big black red blue heavy"),
    READING: adjectives("interesting boring long short new old thick"),
    PRESENTS: adjectives("beautiful small big expensive"),
    DEVICES: adjectives("new old modern cheap expensive small"),
    OPENINGS: adjectives("big small old heavy"),
    FURNITURE: adjectives("comfortable old new modern heavy beautiful"),
    TABLEWARE: adjectives("clean small big white blue"),
    VEHICLES: adjectives("new old fast red blue expensive"),
    DWELLINGS: adjectives("big small bright quiet modern clean"),
    APPOINTMENTS: adjectives("important short long new"),
    SHOWS: adjectives("interesting boring funny famous beautiful"),
    PAPERWORK: adjectives("important long short new"),
    TICKETS: adjectives("cheap expensive new"),
    PETS: adjectives("big small old young black white brown"),
    RELATIVES: adjectives("old young"),
    ACQUAINTANCES: adjectives("new old friendly nice"),
    PROFESSIONALS: adjectives("young old friendly nice"),
    GROUPS: adjectives("new old nice"),
    SIGHTS: adjectives("old new famous beautiful"),
    BUILDINGS: adjectives("old new big small modern"),
    SPOTS: adjectives("old new big small"),
}

# --- verbs ------------------------------------------------------------------------------------------------------------


def _verbs(*entries: Verb) -> dict[str, Verb]:
    return {f"{entry.base}+{entry.particle}" if entry.particle else entry.base: entry for entry in entries}


VERBS = _verbs(
    verb("eat ate eaten", "essen", "gegessen", "isst isst"),
    verb("drink drank drunk", "trinken", "getrunken"),
    verb("cook", "kochen"),
    verb("bake", "backen", "gebacken"),
    verb("order", "bestellen"),
    verb("buy bought", "kaufen"),
    verb("sell sold", "verkaufen"),
    verb("need", "brauchen"),
    verb("wear wore worn", "tragen", "getragen", "trägst trägt"),
    verb("try+on", "an-probieren", "anprobiert"),
    verb("exchange", "um-tauschen"),
    verb("look+for", "suchen"),
    verb("find found", "finden", "gefunden"),
    verb("lose lost", "verlieren", "verloren"),
    verb("forget forgot forgotten", "vergessen", "vergessen", "vergisst vergisst"),
    verb("pack", "packen"),
    verb("read read", "lesen", "gelesen", "liest liest"),
    verb("write wrote written", "schreiben", "geschrieben"),
    verb("open", "öffnen"),
    verb("close", "zu-machen"),
    verb("turn+on", "ein-schalten"),
    verb("turn+off", "aus-schalten"),
    verb("repair", "reparieren"),
    verb("clean", "putzen"),
    verb("wash", "waschen", "gewaschen", "wäschst wäscht"),
    verb("visit", "besuchen"),
    verb("see saw seen", "sehen", "gesehen", "siehst sieht"),
    verb("look+at", "sich-dative an-sehen", "angesehen", "siehst sieht"),
    verb("call", "an-rufen", "angerufen"),
    verb("pick+up", "ab-holen"),
    verb("invite", "ein-laden", "eingeladen", "lädst lädt"),
    verb("meet met", "treffen", "getroffen", "triffst trifft"),
    verb("know knew known", "kennen", "gekannt"),
    verb("help", "helfen", "geholfen", "hilfst hilft"),
    verb("thank", "danken"),
    verb("answer", "antworten"),
    verb("give gave given", "geben", "gegeben", "gibst gibt"),
    verb("show showed shown", "zeigen"),
    verb("send sent", "schicken"),
    verb("bring brought", "bringen", "gebracht"),
    verb("lend lent", "leihen", "geliehen"),
    verb("explain", "erklären"),
    verb("sign", "unterschreiben", "unterschrieben"),
    verb("fill+in", "aus-füllen"),
    verb("pay+for paid", "bezahlen"),
    verb("book", "buchen"),
    verb("reserve", "reservieren"),
    verb("cancel cancelled", "ab-sagen"),
    verb("rent", "mieten"),
    verb("put put", "stellen"),
    verb("hang hung", "hängen"),
    verb("go went gone", "gehen", "gegangen", sein=True),
    verb("travel travelled", "reisen", sein=True),
    verb("fly flew flown", "fliegen", "geflogen", sein=True),
    verb("drive drove driven", "fahren", "gefahren", "fährst fährt", sein=True),
    verb("walk", "gehen", "gegangen", sein=True),
    verb("come came come", "kommen", "gekommen", sein=True),
    verb("come+back came come", "zurück-kommen", "zurückgekommen", sein=True),
    verb("arrive", "an-kommen", "angekommen", sein=True),
    verb("leave left", "ab-fahren", "abgefahren", "fährst fährt", sein=True),
    verb("get+off got got", "aus-steigen", "ausgestiegen", sein=True),
    verb("get+up got got", "auf-stehen", "aufgestanden", sein=True),
    verb("move", "um-ziehen", "umgezogen", sein=True),
    verb("stay", "bleiben", "geblieben", sein=True),
    verb("live", "wohnen"),
    verb("work", "arbeiten"),
    verb("sleep slept", "schlafen", "geschlafen", "schläfst schläft"),
    verb("dance", "tanzen"),
    verb("swim swam swum", "schwimmen", "geschwommen", sein=True),
    verb("learn", "lernen"),
    verb("wait", "warten"),
    verb("rest", "sich aus-ruhen"),
    verb("speak spoke spoken", "sprechen", "gesprochen", "sprichst spricht"),
    verb("think thought", "denken", "gedacht"),
    verb("dream", "träumen"),
    verb("begin began begun", "an-fangen", "angefangen", "fängst fängt"),
    verb("hurt hurt", "weh-tun", "wehgetan"),
    verb("cost cost", "kosten"),
    verb("fit", "passen"),
    verb("belong", "gehören", "gehört"),
    verb("like", "gefallen", "gefallen", "gefällst gefällt"),
    verb("rain", "regnen"),
    verb("snow", "schneien"),
    verb("believe", "glauben"),
    verb("hope", "hoffen"),
    verb("say said", "sagen"),
    verb("stand stood", "stehen", "gestanden"),
    verb("lie", "liegen", "gelegen"),
    verb("miss", "verpassen"),
    verb("catch caught", "bekommen", "bekommen"),
    verb("play", "spielen"),
    verb("smoke", "rauchen"),
    verb("look+forward", "sich freuen"),
    verb("complain", "sich beschweren"),
    verb("hurry", "sich beeilen"),
    verb("feed fed", "füttern"),
    verb("water", "gießen", "gegossen"),
    verb("tidy+up", "auf-räumen"),
    verb("paint", "malen"),
)
GO_SHOPPING = verb("go went gone", "ein-kaufen")
WATCH_TELEVISION = verb("watch", "fern-sehen", "ferngesehen", "siehst sieht")
HAVE_BREAKFAST = verb("have had", "frühstücken")
RIDE = verb("go went gone", "fahren", "gefahren", "fährst fährt", sein=True)  # go by train: mit dem Zug fahren
LAY = verb("put put", "legen")
BE_LYING = verb("lie lay lain", "liegen", "gelegen")
