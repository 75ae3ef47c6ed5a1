"""The symbols of the design language, as SVG: drawn in the text's colour, so that they print."""

_RING = '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="2"{}/>'

_SHAPES = {
    "ok": '<circle cx="8" cy="8" r="7"/><path d="M4.5 8.2l2.4 2.5 4.6-5.2" fill="none" '
    'stroke="var(--paper)" stroke-width="2"/>',
    "rep": _RING.format(""),
    "gap": _RING.format(' stroke-dasharray="2.4 2.3"'),
    "risk": '<path d="M8 1.5l7.2 13H.8z"/>',
    "over": '<path d="M8 .3L15.7 8 8 15.7.3 8z"/>',
    "contra": '<path d="M8 1a7 7 0 000 14z"/><circle cx="8" cy="8" r="6.2" fill="none" '
    'stroke="currentColor" stroke-width="1.6"/>',
    "breach": '<path d="M1 1h14v14H1z"/>'
    '<path d="M4.5 4.5l7 7m0-7l-7 7" fill="none" stroke="var(--paper)" stroke-width="2"/>',
    "wait": '<path d="M3.5 2h3v12h-3zm6 0h3v12h-3z"/>',
    "dup": '<g fill="none" stroke="currentColor" stroke-width="1.7">'
    '<circle cx="5.7" cy="8" r="4.7"/><circle cx="10.3" cy="8" r="4.7"/></g>',
    "clash": '<path d="M1 3h9v4H1zm5 6h9v4H6z"/>'
    '<path d="M8 0v16" stroke="currentColor" stroke-width="1.5"/>',
    "none": '<circle cx="8" cy="8" r="2"/>',
    "own": '<path d="M3 7h10v8H3z"/><path d="M5.2 7V4.8a2.8 2.8 0 015.6 0V7" fill="none" '
    'stroke="currentColor" stroke-width="1.7"/>',
    "mail": '<path d="M1 3h14v10H1z" fill="none" stroke="currentColor" stroke-width="1.6"/>'
    '<path d="M1.5 4L8 9l6.5-5" fill="none" stroke="currentColor" stroke-width="1.6"/>',
}

_EMPTY = '<path d="M{x} 10.4h5v1.6h-5z" opacity=".55"/>'
_OUTLINED = (
    '<path d="M{x}.65 .65h3.7v10.7h-3.7z" fill="none" stroke="currentColor" stroke-width="1.3"/>'
)
_SOLID = '<path d="M{x} 0h5v12h-5z"/>'


def _level(value: int, filled: str) -> str:
    """Three segments, as many of them filled as the level says."""
    return "".join((filled if n < value else _EMPTY).format(x=x) for n, x in enumerate((0, 7, 14)))


SYMBOLS = {
    name: f'<symbol id="{name}" viewBox="0 0 16 16">{shape}</symbol>'
    for name, shape in _SHAPES.items()
} | {
    f"{voice}{n}": f'<symbol id="{voice}{n}" viewBox="0 0 19 12">{_level(n, filled)}</symbol>'
    for voice, filled in (("r", _OUTLINED), ("v", _SOLID))
    for n in range(4)
}
