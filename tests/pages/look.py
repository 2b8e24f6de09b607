"""What is looked for on a page: anything that a reader would stumble over."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models

from crm_tenant.models import Workspace
from provider.kernel import tenancy
from provider.workshop.translations import catalogs
from provider.workshop.translations.collect import package_folders, texts_of

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"

# Runs before the page's own scripts; what the policy refuses is an event, not always a message.
WATCH = """
window.__refused = [];
document.addEventListener('securitypolicyviolation', (event) =>
  window.__refused.push(event.violatedDirective + ' ' + (event.blockedURI || event.sourceFile)));
"""

_TOO_WIDE = """
() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const wide = [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > room + 1);
  return wide.slice(0, 3).map((one) => one.tagName.toLowerCase() + '.' + one.className).concat(['(page)']).slice(0, 3);
}
"""

_WORDS = """
() => {
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (parent.closest('script, style, code, pre, kbd, [translate=no], [lang=en]')) continue;
    if (!parent.checkVisibility()) continue;
    found.add(walker.currentNode.textContent.trim().replace(/\\s+/g, ' '));
  }
  for (const one of document.querySelectorAll('[title], [placeholder], [aria-label], [alt]'))
    for (const name of ['title', 'placeholder', 'aria-label', 'alt'])
      if (one.getAttribute(name) && !one.closest('[translate=no]')) found.add(one.getAttribute(name).trim());
  return [...found, document.title];
}
"""

_RUN_AXE = """
async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(
  (one) => one.id + ': ' + one.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | '))
"""


def faults_of(page: Any, *, language: str, typed: Typed) -> list[str]:
    """Everything wrong with the page that is open, but what axe would say."""
    faults = [f"refused by the page's policy: {what}" for what in page.evaluate("window.__refused")]
    if wide := page.evaluate(_TOO_WIDE):
        faults.append(f"scrolls sideways: {', '.join(wide)}")
    if language != "en":
        faults += [f"not translated: “{words[:80]}”" for words in page.evaluate(_WORDS) if typed.is_english(words)]
    return faults


def axe_of(page: Any) -> list[str]:
    """What axe reports on the page that is open."""
    page.evaluate(axe())
    return [f"axe: {one}" for one in page.evaluate(_RUN_AXE)]


@cache
def axe() -> str:
    """axe-core's source; evaluated from outside, so the page's policy does not concern it."""
    return AXE.read_text(encoding="utf-8")


@cache
def english_texts() -> frozenset[str]:
    """Our texts in English, as they would stand on a page that forgot to translate them."""
    texts: set[str] = set()
    for folder in package_folders(ROOT).values():
        said = catalogs.read(catalogs.catalogue_path(folder, "zh_Hans"))
        texts |= {text.msgid for text in texts_of(folder) if said.get(text) != text.msgid and "%(" not in text.msgid}
    return frozenset(" ".join(text.split()) for text in texts)


_SENTENCE = re.compile(r"[A-Za-z][a-z']+(?:[ ,]+[A-Za-z][a-z']*){2,}")


class Typed:
    """What people have typed themselves: shown as it is in every language. A demo holds a hundred thousand such texts,
    and its pages say the same words again and again, so each answer is kept."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = frozenset(texts)
        self._all = "\n".join(self._texts)
        self._long = sorted((one for one in self._texts if len(one) > 3), key=len, reverse=True)
        self._answers: dict[str, bool] = {}

    def is_english(self, words: str) -> bool:
        """Whether this is one of our texts left in English, or has three English words in a row that nobody typed."""
        if words not in self._answers:
            self._answers[words] = self._is_english(words)
        return self._answers[words]

    def _is_english(self, words: str) -> bool:
        if words in english_texts() and words not in self._texts:
            return True
        if not _SENTENCE.search(words) or words in self._all:
            return False
        own = words
        for one in self._long:
            own = own.replace(one, "·")
        return bool(_SENTENCE.search(own))


def typed_into_the_database() -> Typed:
    """What people have typed, of all accounts and workspaces."""
    found = _texts_of(model for model in apps.get_models() if not _is_of_a_workspace(model))
    for workspace in Workspace.objects.all():
        with tenancy.inside(workspace_id=workspace.pk):
            found |= _texts_of(model for model in apps.get_models() if _is_of_a_workspace(model))
    return Typed(found)


def _is_of_a_workspace(model: type[models.Model]) -> bool:
    return isinstance(model._default_manager, tenancy.WorkspaceManager)


def _texts_of(found_models: Iterable[type[models.Model]]) -> set[str]:
    found: set[str] = set()
    for model in found_models:
        fields = [
            field.attname
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField) and not field.choices
        ]
        for row in model._base_manager.values_list(*fields) if fields else []:
            found |= {" ".join(value.split()) for value in row if isinstance(value, str) and value}
    return found
