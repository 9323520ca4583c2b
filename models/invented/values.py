"""Invented values: dates, sums of money, times, codes. A kind of value is a function of a random.Random that returns text."""

from invented.names import name, person

MONTHS = 'January February March April May June July August September October November December'.split()
DAYS = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split()
COLOURS = 'red blue green yellow orange purple white black grey brown silver golden pink'.split()
OBJECTS = """
    laptop badge bicycle projector drill camera printer scanner tablet ladder microscope notebook kettle headset
    generator phone jacket backpack desk lamp keyboard monitor toolbox helmet
""".split()
ROOMS = """
    archive library workshop canteen garden laboratory lobby basement studio warehouse hall kitchen lounge
    gallery courtyard boardroom
""".split()
ORDINALS = 'first second third fourth fifth sixth seventh eighth ninth tenth'.split()


def number(a, b):
    return lambda r: str(r.randint(a, b))


def count(a, b, unit, units=None):
    def f(r):
        k = r.randint(a, b)
        return '%d %s' % (k, unit if k == 1 else (units or unit + 's'))

    return f


def money(lo, hi):
    def f(r):
        k = r.random()
        v = r.randint(lo, hi)
        if hi > 200 and k < 0.5:
            v = max(lo, round(v / 10) * 10)
        if hi > 2000 and k < 0.8:
            v = max(lo, round(v / 100) * 100)
        s = '{:,}'.format(v)
        c = r.random()
        return s + ' euros' if c < 0.5 else s + ' pounds' if c < 0.75 else s + ' dollars' if c < 0.9 else s + ' crowns'

    return f


def date(r):
    return '%d %s' % (r.randint(1, 28), r.choice(MONTHS))


def clock(a, b):
    return lambda r: '%d:%02d' % (r.randint(a, b), r.choice((0, 15, 30, 45, 0, 30)))


def hours(r):
    a, b = clock(7, 10)(r), clock(15, 20)(r)
    return '%s to %s' % (a, b)


def code(r):
    return '%s%s-%d' % (
        r.choice('ABCDEFGHKLMNPRSTUVW'),
        r.choice(('', '', r.choice('ABCDEFGHKLMNPRSTUVW'))),
        r.randint(1, 99),
    )


def email(r):
    return '%s@%s.example' % (
        r.choice('help desk info team office mail contact support records staff hello'.split()),
        name(r).lower(),
    )


def thing(r):
    return r.choice(COLOURS) + ' ' + r.choice(OBJECTS)


def room(r):
    return r.choice(COLOURS) + ' ' + r.choice(ROOMS)


def floor(r):
    return r.choice(ORDINALS) + ' floor'


def speed(r):
    return '%d %s' % (
        r.choice((5, 8, 10, 12, 15, 18, 20, 25, 30, 35, 40, 6, 7)),
        r.choice(('km/h', 'km/h', 'miles an hour', 'kilometres an hour')),
    )


def degrees(r):
    return '%s%d degrees' % (r.choice(('', '', 'minus ')), r.randint(2, 24))


def street(r):
    return '%d %s %s' % (r.randint(1, 199), name(r), r.choice(('Street', 'Road', 'Lane', 'Square', 'Avenue')))


def insurer(r):
    return name(r) + ' ' + r.choice(('Mutual', 'Insurance', 'Assurance', 'Cover', 'Life'))


def day_and_time(r):
    return r.choice(DAYS) + ' at ' + clock(8, 17)(r)


RANGES = dict(count=count, number=number, money=money, clock=clock)
KINDS = {
    'person': person,
    'name': name,
    'email': email,
    'street': street,
    'insurer': insurer,
    'date': date,
    'hours': hours,
    'code': code,
    'thing': thing,
    'room': room,
    'floor': floor,
    'speed': speed,
    'degrees': degrees,
    'day': lambda r: r.choice(DAYS),
    'working day': lambda r: r.choice(DAYS[:5]),
    'day and time': day_and_time,
    'month': lambda r: r.choice(MONTHS),
    'colour': lambda r: r.choice(COLOURS),
}


def kind_of(spec):
    """The function for a value as the relation files write it: a name of KINDS, {"money": [20, 2000]} or {"either": [...]}."""
    if isinstance(spec, str):
        return KINDS[spec]
    [(how, given)] = spec.items()
    if how == 'either':
        return one_of([kind_of(s) for s in given])
    return RANGES[how](*given)


def one_of(kinds):
    return lambda r: r.choice(kinds)(r)
