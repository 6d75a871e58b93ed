"""The known word that a mistyped one was most likely meant to be."""


def nearest(word, words):
    """The word of `words` closest to `word`, or None if none is close."""
    best = least = None
    word = word.lower()
    for known in words:
        length = max(len(word), len(known))
        allowed = (length + 1) // 3  # one slip for every three letters
        if len(word) > 2 and known.startswith(word):
            distance = 1
        elif abs(len(word) - len(known)) > allowed:
            continue  # too far by length alone: also keeps a very long word cheap
        else:
            distance = _distance(word, known.lower())
        if distance <= allowed and (best is None or distance < least):
            best, least = known, distance
    return best


def _distance(a, b):
    """Edit distance where two swapped neighbours count as one edit."""
    before, last = None, list(range(len(b) + 1))
    for i in range(1, len(a) + 1):
        row = [i]
        for j in range(1, len(b) + 1):
            same = a[i - 1] == b[j - 1]
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (0 if same else 1))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
