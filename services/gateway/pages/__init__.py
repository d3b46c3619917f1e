"""The pages people read: server-rendered, Chinese first, whole without JavaScript.

Reads: `services.gateway.views` (what each screen holds), `access` (what one may do).
Acts:  only through `services.gateway.requests`: a page never decides anything itself.
Holds: routes/ (one file per screen), templates/, words/ (every sentence in two
       languages), static/ (our own styles and two small scripts).
"""
