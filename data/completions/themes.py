"""What people add to the name of a thing when they look for pictures of it, by what the thing is; and what is left out.

Written for this set, by hand. `*` stands for the name where the words don't simply follow it.
"""

# Noun and sense of WordNet; the modifiers by falling frequency, as guessed.
THEMES = {
    ("room", 1): ["ideas", "decor", "design", "aesthetic", "inspiration", "wallpaper", "paint ideas", "small *", "lighting"],
    ("furniture", 1): ["ideas", "design", "diy", "makeover", "styling", "modern *", "vintage *"],
    ("clothing", 1): ["outfit", "aesthetic", "pattern", "outfit ideas", "street style", "vintage *", "sewing pattern"],
    ("footwear", 2): ["outfit", "aesthetic", "styling", "vintage *"],
    ("jewelry", 1): ["aesthetic", "diy", "gold *", "handmade *"],
    ("hairdo", 1): ["ideas", "tutorial", "for short hair", "for long hair", "for wedding"],
    ("dish", 2): ["recipe", "easy *", "ideas", "healthy *", "vegan *"],
    ("baked goods", 1): ["recipe", "ideas", "easy *", "decorating", "vegan *", "aesthetic"],
    ("dessert", 1): ["recipe", "easy *", "ideas", "aesthetic"],
    ("beverage", 1): ["recipe", "aesthetic", "ideas"],
    ("edible fruit", 1): ["recipes", "drawing", "aesthetic", "tattoo", "painting"],
    ("vegetable", 1): ["recipes", "garden", "drawing"],
    ("flower", 1): ["tattoo", "drawing", "aesthetic", "bouquet", "painting", "wallpaper", "arrangement", "embroidery"],
    ("tree", 1): ["drawing", "tattoo", "painting", "landscaping", "photography"],
    ("herb", 1): ["garden", "drawing", "tattoo"],
    ("mammal", 1): ["drawing", "tattoo", "cute *", "painting", "wallpaper", "photography", "crochet pattern"],
    ("dog", 1): ["portrait", "grooming", "funny *", "costume"],
    ("bird", 1): ["drawing", "tattoo", "painting", "photography", "wallpaper"],
    ("fish", 1): ["drawing", "tattoo", "aquarium", "painting"],
    ("insect", 1): ["drawing", "tattoo", "jewelry", "photography"],
    ("building", 1): ["design", "architecture", "exterior", "interior", "plans", "modern *"],
    ("motor vehicle", 1): ["wallpaper", "vintage *", "interior", "aesthetic", "conversion"],
    ("musical instrument", 1): ["aesthetic", "drawing", "tattoo", "wallpaper"],
    ("fabric", 1): ["dress", "texture", "pattern", "aesthetic"],
    ("geological formation", 1): ["photography", "aesthetic", "painting", "wallpaper", "tattoo"],
    ("body of water", 1): ["photography", "aesthetic", "painting", "wallpaper"],
    ("celestial body", 1): ["tattoo", "aesthetic", "wallpaper", "drawing"],
    ("holiday", 1): ["decorations", "ideas", "crafts", "gifts", "aesthetic", "wallpaper", "outfit"],
    ("party", 2): ["ideas", "decorations", "food", "themes", "invitations", "outfit"],
    ("toy", 1): ["diy", "pattern", "vintage *", "storage"],
    ("garden", 1): ["ideas", "design", "layout", "small *", "diy"],
    ("handicraft", 1): ["ideas", "for beginners", "patterns", "diy"],
    ("sport", 1): ["aesthetic", "photography", "outfit", "wallpaper"],
    ("tableware", 1): ["vintage *", "handmade *", "painting", "diy"],
    ("bag", 4): ["pattern", "outfit", "vintage *", "aesthetic", "diy"],
    ("lamp", 2): ["diy", "ideas", "vintage *", "modern *"],
    ("floor cover", 1): ["ideas", "texture", "vintage *", "diy"],
    ("candle", 1): ["diy", "aesthetic", "decor", "photography"],
}
CITY_WORDS = ["aesthetic", "travel", "photography", "skyline", "street style", "food", "itinerary", "at night", "wallpaper"]
COLOUR_WORDS = ["aesthetic", "nails", "wallpaper", "dress", "paint", "bedroom", "wedding"]
# Last words that say that a picture is meant, beside the names of those things.
PICTURED = set(
    "aesthetic animation architecture art artwork background beach beard bedroom bouquet braid bread cake card "
    "ceremony clothes concept cookie costume couture craft decor decoration desert design diy drawing embroidery eye "
    "fashion flower forest graffiti hair haircut hairstyle house idea illustration interior jungle kimono landscape "
    "light lighting lip logo look makeup manicure mosaic mountain mural nail nature neon ocean origami ornament "
    "outfit painting palace paper pattern photo photography photoshoot picture plan plate portrait pose poster "
    "pottery print project quilt recipe render sculpture silhouette sketch sky skyline smile snow space stencil "
    "stitch street studio style sunrise sunset symbol tattoo temple texture theme travel typography vacation village "
    "vintage wallpaper watercolor waterfall wedding world".split()
)
COLOURS = set(
    "beige black blue brown burgundy copper coral cream gold gray green grey ivory lavender lilac maroon mint mustard "
    "navy olive orange peach pink purple red rose rust sage silver teal terracotta turquoise violet white yellow".split()
)

# Words that neither begin nor end what people look for.
STOP = set(
    "a all also am an and another any are as at be been being both but by can could did do does done each either "
    "every for from get gets go going got had has have having he her his how i if in into is it its let made make "
    "making many may me might more most much must my neither no none nor not of off on one only onto or our over "
    "please same see several shall she should since so some such than that the their them then there these they this "
    "those to too under until upon us use used using various very via was we well were what when where which while "
    "who whose why will with without would yet you your".split()
)
# First or second words of a pair that is the middle of a sentence, beside those.
POINTING = set(
    "above amateur available bad below best better big boys buy certain cheap different discount early eight entire "
    "female few first five following four free full gay girls given glory good great half high hot hundred its last "
    "late lesbian like little live long low main male mature next nine other own particular per possible previous "
    "real right second seven sexy short six ten third three total two whole wrong young".split()
)
# Things of the web's pages that nobody looks for by sight.
WEB = set(
    "account ad address ads apple auto bank banner browser business button camera cameras card cards cart casino cell "
    "cells cialis civil click code computer copyright credit database disk dose download drive drug drugs dvd email "
    "engine estate file files form forum gambling gene generic genes gnu guide hardware hash health help home "
    "homepage host hotels info insurance internet ipod item items john joint journal link links list loan loans login "
    "mail mailing main map medicine menu modem money monitor mortgage mortgages motion network newsletter office "
    "official online order page pages password pc phone phones pill pills poker post price prices printer privacy "
    "product products rapid record records rental report research ringtones sale screen screens script search server "
    "servers service shop shopping site sites slot software status store stores stream streams sub submit system "
    "systems tab table tablets technical term terms thread threads time times tom tool tools viagra video videos view "
    "web website window windows".split()
)
# Words and runs of words that keep an entry out beside the two lists of obscene words: bodies undressed, children looked
# at, blood, death, arms, drugs, hatred.
UNFIT = set(
    "adolf autopsy bare beheaded bikini bitchery bleeding blood bloodbath bloodshed bloodstained bloody bomb bombing "
    "bombings bombs bondage bordello bra bras breast breasted breasts brothel bust busts busty butt buttocks buxom "
    "cadaver cam cams cannabis carcass chested chink cigarette cigarettes cleavage cocaine concentration-camp "
    "concubine concubines condom coolie corpse corpses corset courtesan cripple cripples crotch cum curvaceous curvy "
    "dago darkie darky dead death decapitated decay decaying defecation diarrhea drug drugs dying enema entrails "
    "erotic erotica eroticism excrement execution explosion explosions fecal feces fetish flayed gallows genital "
    "genitalia genitals genocide glory-hole goebbels gore gory grenade groin guillotine gun guns guts gutted gypsy "
    "hanged harlot hashish heroin hitler holocaust homo homosexual hooker idiot imbecile impaled incest injury "
    "intestines jewess kill killed killing lewd lingerie little-girl little-girls lolita lust lustful lynching maimed "
    "marijuana massacre masturbation moron mulatto murder mutilated naked nazi negress negro negroes negroid nipple "
    "nipples noose nude nudes nudism nudist nudity octoroon opium orgasm orgasmic oriental panties pedophile penis "
    "phlegm pistol pistols poison poisoning poisonous porn prostitute prostitutes provocative pus racism racist rape "
    "rapist rapists redskin retard retarded revolver rifle rifles rotting savages school-girl schoolgirl schoolgirls "
    "seduction seductive seductively seductress sensual severed sex sexual shotgun skinhead skinned slaughter "
    "slaughterhouse slave slaves slut smoking snot spastic squaw stockings strangled stripper strippers striptease "
    "strumpet suicide supremacist supremacy swastika tampon teen teens terrorism terrorist terrorists thigh thighs "
    "thong thongs tits topless torture underwear undressed urinating urine vagina victim virgin virginity voluptuous "
    "vomit vulva weapon weapons webcam webcams wench whore whores wound wounded wounds young-boy young-girl "
    "young-girls".split()
)
