"""Invented names of people, places and organisations. `r` is a random.Random; the order of its draws is part of the data."""

SYLLABLES = """
    ba be bi bo bu da de di do du fa fe fi fo ga ge go ha he ho ja jo ka ke ki ko la le li lo lu ma me mi mo mu
    na ne ni no nu pa pe pi po ra re ri ro ru sa se si so ta te ti to tu va ve vi vo wa we za ze zo
""".split()
ENDINGS = 'n r l s th k m x nd rn st ck lm'.split()
ONSETS = """
    b br bl c ch cl cr d dr f fl fr g gl gr h j k kn l m n p pl pr qu r s sc sh sk sl sp st str sw t th tr v w
    wh y z
""".split()
VOWELS = 'a e i o u a e i o ai ea oo ou ay ee ar er or'.split()
CODAS = 'b ck d ff g l ll m n nd ng nt p r rd rk rn rt s ss st t th v x'.split()
PLACE_STARTS = """
    Ash Bar Bell Birch Black Brack Bram Brook Cald Carr Castle Cold Crow Dun Eden Elm Fair Fal Fern Fox Glen
    Gold Green Grim Hald Hart Hasel Hawk Heath Hol Iron Kirk Lang Lark Lind Long Mar Mill Moor North Oak Old Pem
    Quill Raven Red Rook Rose Sand Silver South Stan Stone Storm Thorn Tor Wal West White Wild Willow Win Winter
    Wolf Wood Yar
""".split()
PLACE_ENDS = """
    bank beck borough bridge brook burn bury by cliff combe cote dale den don fell field ford grove ham haven
    hill holt house hurst land ley mere mont more mouth port ridge shaw shire side stead stone ton vale view
    wall water way well wick wood worth
""".split()
FIRST_NAMES = """
    Ada Alan Alma Amos Anna Arlo Ben Bea Cara Carl Cora Dan Dora Elsa Emil Eva Finn Flora Gus Hana Hugo Ida Ines
    Ira Ivan Jane Jon Jude Kai Kate Lars Lena Leo Lila Lou Luca Mara Max Mia Milo Nell Nina Noah Nora Olaf Omar
    Otto Owen Paul Petra Rhea Rosa Ruth Sam Sara Seth Sven Tara Tess Theo Tina Toby Una Vera Wade Will Yara Zoe
""".split()
BODIES = """
    Trust Institute Group Works Labs Partners College Library Foundation Clinic Museum Council Bureau Chambers
    Society Studio Bank Mills Theatre Press School Centre Agency Union Holdings Legal Museum Hospital Guild
""".split()


def cap(s):
    return s[:1].upper() + s[1:]


def name(r):
    k = r.random()
    if k < 0.35:
        return cap(
            ''.join(r.choice(SYLLABLES) for _ in range(r.choice((2, 2, 3))))
            + (r.choice(ENDINGS) if r.random() < 0.7 else '')
        )
    if k < 0.7:
        n = cap(r.choice(ONSETS) + r.choice(VOWELS) + r.choice(CODAS))
        return n + (r.choice(VOWELS[:9]) + r.choice(CODAS) if r.random() < 0.6 else '') if len(n) < 8 else n
    return r.choice(PLACE_STARTS) + r.choice(PLACE_ENDS)


def person(r):
    return (r.choice(FIRST_NAMES) if r.random() < 0.6 else name(r)) + ' ' + name(r)


def org(r):
    k = r.random()
    if k < 0.3:
        return name(r)
    if k < 0.6:
        return name(r) + ' ' + r.choice(BODIES)
    if k < 0.75:
        return name(r) + ' & ' + name(r)
    if k < 0.9:
        return (
            'the '
            + name(r)
            + ' '
            + r.choice(('office', 'branch', 'team', 'office', 'site', 'depot', 'station', 'department'))
        )
    return name(r) + ' ' + name(r) + (' ' + r.choice(BODIES) if r.random() < 0.5 else '')


def generic(e, r):
    """A way to speak of an entity already named."""
    for w in ('office', 'branch', 'team', 'site', 'depot', 'station', 'department'):
        if e.endswith(w):
            return 'the ' + w
    return r.choice(('the firm', 'the organisation', 'the firm', 'the house', 'the company'))
