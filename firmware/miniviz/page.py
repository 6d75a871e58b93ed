"""The portal's page in pieces of text: whole in itself, for a phone that has no internet."""

from .form import escape

_HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Miniviz setup</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">
<style>:root{color-scheme:light dark;background:#fff;color:#111;--b:#767676;--a:#0a58ca;--t:#fff;--e:#b00020}
@media(prefers-color-scheme:dark){:root{background:#111;color:#eee;--b:#999;--a:#8ab4f8;--t:#111;--e:#ff8a95}}
*{box-sizing:border-box}body{font:18px/1.4 system-ui,sans-serif;margin:0 auto;padding:16px;max-width:32rem;
overflow-wrap:anywhere}h1{font-size:1.4em;margin:0 0 .5em}
label{display:block;margin:16px 0 4px;font-weight:600}
input,select,button{font:inherit;width:100%;min-height:48px;padding:8px 12px;border:1px solid var(--b);
border-radius:8px}.s{display:flex;gap:8px}.s button{width:auto}p{margin:8px 0}small{display:block}
.go{margin-top:24px;background:var(--a);color:var(--t);border:0;font-weight:600}a{color:var(--a)}
.e{border-left:4px solid var(--e);padding:8px 12px}</style></head><body><main>"""
_TAIL = "</main></body></html>"
_SHOW = """<script>document.querySelectorAll('.s button').forEach(b=>{b.hidden=false;b.onclick=()=>{
var i=b.previousElementSibling,h=i.type=='password';i.type=h?'text':'password';b.textContent=h?'Hide':'Show';
b.setAttribute('aria-pressed',h)}});var p=document.getElementById('pick'),o=document.getElementById('other');
(p.onchange=()=>{o.hidden=p.value!=''})()</script>"""
_POLL = """<noscript><meta http-equiv="refresh" content="5"></noscript><script>
setInterval(()=>fetch('/state').then(r=>r.text()).then(t=>{
if(t=='')location.replace('/');else document.getElementById('t').textContent=t})
.catch(()=>{}),1500)</script>"""


class View:
    """What the form shows; no secret is among it."""

    ssid = project = label = url = ""
    networks = ()
    error = note = ""
    kept_password = kept_token = False


def form(view):
    """The form, with what is known already filled in."""
    yield _HEAD + "<h1>Set up this board</h1>"
    if view.error:
        yield '<p class="e" role="alert">' + escape(view.error) + " Nothing was changed.</p>"
    if view.note:
        yield "<p>" + escape(view.note) + "</p>"
    yield '<form method="post" action="/save" accept-charset="utf-8"><label for="pick">WiFi network</label>'
    yield '<select id="pick" name="pick">'
    for ssid in view.networks:
        mark = " selected" if ssid == view.ssid else ""
        yield '<option value="%s"%s>%s</option>' % (escape(ssid), mark, escape(ssid))
    typed = "" if view.ssid in view.networks else view.ssid
    mark = " selected" if typed or not view.networks else ""
    yield '<option value=""%s>another one: type its name</option></select>' % mark
    yield '<div id="other">' + _input("ssid", "Name of the other network", typed, 32) + "</div>"
    yield '<small><a href="/scan">Look for networks again</a></small>'
    yield _secret("password", "WiFi password", 64, view.kept_password)
    yield _input("project", "Project id", view.project, 128)
    yield _secret("token", "Token", 256, view.kept_token)
    yield _input("label", "Label, this device's name", view.label, 390)
    yield "<details><summary>More</summary>"
    yield _input("url", "Address of Miniviz", view.url, 200) + "</details>"
    yield '<button class="go">Test and save</button></form>' + _SHOW + _TAIL


def trying(words):
    """While the settings are tested; asks for news by itself."""
    yield _HEAD + '<h1>Testing</h1><p id="t" role="status">' + escape(words) + "</p>"
    yield "<p>If your phone leaves this network meanwhile, join it again.</p>"
    yield '<p><a href="/">Look again</a></p>' + _POLL + _TAIL


def kept(words):
    """The last page."""
    yield _HEAD + '<h1>Done</h1><p role="status">' + escape(words) + "</p>"
    yield "<p>The settings are stored and the board starts with them now. You can close this page.</p>"
    yield _TAIL


def _input(name, title, value, most):
    return _FIELD % (name, title, "text", name, name, most, escape(value)) + ">"


def _secret(name, title, most, kept_one):
    hint = ' placeholder="leave empty to keep the one that is known"' if kept_one else ""
    field = _FIELD % (name, title, "password", name, name, most, "")
    label, field = field.split("</label>")
    show = '<button type="button" hidden aria-pressed="false" aria-label="Show %s">Show</button></div>'
    return label + '</label><div class="s">' + field + hint + ">" + show % title


_FIELD = (
    '<label for="%s">%s</label><input type="%s" id="%s" name="%s" maxlength="%d" value="%s" '
    'autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false"'
)
