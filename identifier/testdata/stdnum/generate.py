#!/usr/bin/env python3
"""Writes stdnum.tsv: numbers with the verdict of python-stdnum, an independent
implementation of the same algorithms.

    apt-get install python3-stdnum=1.18-1      # Debian 12
    /usr/bin/python3 generate.py > stdnum.tsv

The output depends on the seed and on the version of python-stdnum only; both
stand in its first line. Columns: what the number is (SIREN, SIRET, or a VAT
prefix), the number, 1 if it is valid, and its canonical form.
"""

import random
import sys

import stdnum
from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.fr import siren, siret

SEED = 20260101
EACH = 50  # valid numbers of each form, and others that are close to one

DIGITS = '0123456789'
LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
KEYS = '0123456789ABCDEFGHJKLMNPQRSTUVWXYZ'

# 9 a digit, L a letter, X either, K a character of French keys; others stand
# for themselves. Behind the colon, where the check characters are.
FORMS = {
    'AT': ['U99999999:8'],
    'BE': ['0999999999:8,9', '1999999999:8,9', '999999999:7,8'],
    'BG': ['999999999:8', '9999999999:9'],
    'CY': ['99999999L:8'],
    'CZ': ['99999999:7', '699999999:8', '9999999999:9', '999999999:8'],
    'DE': ['999999999:8'],
    'DK': ['99999999:7'],
    'EE': ['999999999:8'],
    'EL': ['999999999:8'],
    'ES': ['L9999999X:8', '99999999L:8', 'X9999999L:8', 'Y9999999L:8', 'Z9999999L:8', 'K9999999L:8', 'B99999999:8'],
    'FI': ['99999999:7'],
    'FR': ['99999999999:0,1', 'KK999999999:0,1', 'KK000999999:0,1'],
    'HR': ['99999999999:10'],
    'HU': ['99999999:7'],
    'IE': ['9999999L:7', '9999999LL:7', '9L99999L:7', '9+99999L:7', '9*99999L:7'],
    'IT': ['99999990019:10', '99999990999:10', '99999991209:10', '99999999999:10'],
    'LT': ['999999919:8', '999999999919:11', '999999999:8', '999999999999:11'],
    'LU': ['99999999:6,7'],
    'LV': ['49999999999:10', '99999999999:10'],
    'MT': ['99999999:6,7'],
    'NL': ['999999999B99:8', '999999999B99:10,11'],
    'PL': ['9999999999:9'],
    'PT': ['999999999:8'],
    'RO': ['9999999999:9', '999999999:8', '99999999:7', '9999:3', '99:1', '9999999999999:12'],
    'SE': ['999999999901:9', '999999999999:9'],
    'SI': ['99999999:7'],
    'SK': ['9929999999:9', '9999999999:9'],
    'XI': ['999999999:7,8', '999999999999:7,8', 'GD999:4', 'HA999:4'],
}


def fill(form, rng):
    sets = {'9': DIGITS, 'L': LETTERS, 'X': DIGITS + LETTERS, 'K': KEYS}
    # French numbers hold a SIREN, Spanish forms begin with a fixed letter.
    fixed = form[0] if form[0] in 'YZKB' and form[1] == '9' else ''
    if form[:2] == 'X9':
        fixed = 'X'
    out = ''.join(rng.choice(sets[c]) if c in sets else c for c in form)
    return fixed + out[1:] if fixed else out


def candidates(text, places):
    """All texts with other characters in the check places."""
    first, rest = places[0], places[1:]
    alphabet = DIGITS + LETTERS
    for c in alphabet:
        changed = text[:first] + c + text[first + 1:]
        if rest:
            yield from candidates(changed, rest)
        else:
            yield changed


def canonical(prefix, number):
    try:
        number = vat.validate(prefix + number)
    except ValidationError:
        return ''
    # Greek numbers come back with another prefix, Romanian and those of
    # Northern Ireland with or without.
    for known in (prefix, 'GR', 'GB'):
        if number.startswith(known) and prefix != 'XI':
            return prefix + number[len(known):]
    return prefix + (number[2:] if number.startswith(('XI', 'GB')) else number)


def luhn_sirens(rng):
    while True:
        body = ''.join(rng.choice(DIGITS) for _ in range(8))
        for c in DIGITS:
            if siren.is_valid(body + c):
                yield body + c


def row(what, number, form):
    print('\t'.join([what, number, '1' if form else '0', form]))


def vat_rows(prefix, form, rng):
    form, places = form.split(':')
    places = [int(p) for p in places.split(',')]
    numbers = luhn_sirens(rng)
    found = tried = 0
    while found < EACH and tried < 4 * EACH:
        tried += 1
        text = fill(form, rng)
        if prefix == 'FR' and '000' not in form[2:5]:
            text = text[:2] + next(numbers)
        good = [c for c in candidates(text, places) if canonical(prefix, c)]
        # As it is, most often wrong by its check digit only.
        row(prefix, prefix + text, canonical(prefix, text))
        if not good:
            continue
        found += 1
        text = rng.choice(good)
        row(prefix, prefix + text, canonical(prefix, text))
        # One character changed, two exchanged.
        i = rng.randrange(len(text))
        changed = text[:i] + rng.choice(DIGITS if text[i] in DIGITS else LETTERS) + text[i + 1:]
        row(prefix, prefix + changed, canonical(prefix, changed))
        i = rng.randrange(len(text) - 1)
        swapped = text[:i] + text[i + 1] + text[i] + text[i + 2:]
        row(prefix, prefix + swapped, canonical(prefix, swapped))


def main():
    rng = random.Random(SEED)
    print('# python-stdnum %s, seed %d, by generate.py' % (stdnum.__version__, SEED))
    numbers = luhn_sirens(rng)
    for _ in range(3 * EACH):
        good = next(numbers)
        text = ''.join(rng.choice(DIGITS) for _ in range(9))
        for number in (good, text):
            row('SIREN', number, number if siren.is_valid(number) else '')
    for i in range(6 * EACH):
        head = '356000000' if i % 3 == 0 else next(numbers)
        body = head + ''.join(rng.choice(DIGITS) for _ in range(4))
        for c in rng.sample(DIGITS, 4) if head == '356000000' else DIGITS[::3] + DIGITS[1::3]:
            row('SIRET', body + c, body + c if siret.is_valid(body + c) else '')
    row('SIRET', '35600000000048', '35600000000048')
    for prefix, forms in FORMS.items():
        for form in forms:
            vat_rows(prefix, form, rng)


if __name__ == '__main__':
    sys.exit(main())
