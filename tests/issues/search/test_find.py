from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import Membership, Project, User
from issues import lifecycle, search
from issues.models import Issue
from issues.record.writer import record
from issues.search import Scope
from tests.lib import search_reference as reference
from tests.lib.occurrences import NOW, occurrence

TERMS = st.lists(st.tuples(st.sampled_from(reference.CONDITIONS), st.booleans()), min_size=1, max_size=3)
#: What people did: to the issue of a number.
DEEDS = st.lists(
    st.tuples(st.sampled_from(["resolve", "mute", "delete", "assign ana", "assign bo"]), st.integers(1, 4)),
    max_size=4,
)


class TestAgainstReference(TestCase):
    @settings(max_examples=20)
    @given(
        st.lists(reference.EVENTS, min_size=1, max_size=8),
        DEEDS,
        st.lists(TERMS, min_size=8, max_size=8),
        st.booleans(),
    )
    def test_find_is_what_all_conditions_say_of_all_events(self, events, deeds, queries, everywhere):
        ana, bo = (
            User.objects.create_user(f"{name}@example.org", "x", name=name.title()) for name in ("ana", "bo")
        )
        shop = Project.objects.create(name="Shop", slug="shop")
        other = Project.objects.create(name="Other", slug="other")
        for user in (ana, bo):
            Membership.objects.create(user=user, project=shop)
        known: dict[str, reference.Known] = {}
        for event in events:
            known.setdefault(str(event.issue), reference.Known()).events.append(event)
        record(shop.pk, [occurrence(event.payload(NOW)) for event in events], NOW)
        # What another project has is not found in this one.
        record(other.pk, [occurrence(event.payload(NOW)) for event in events[:2]], NOW)
        of_shop = {issue.groupings.get().key: issue for issue in Issue.objects.filter(project=shop)}
        for deed, number in deeds:
            if (one := known.get(str(number))) is None:
                continue
            rows = Issue.objects.filter(pk=of_shop[str(number)].pk)
            if deed == "delete":
                lifecycle.delete(rows, by=ana)
                del known[str(number)]
            elif deed.startswith("assign"):
                one.assignee = deed.split()[1]
                lifecycle.assign(rows, ana if one.assignee == "ana" else bo, by=ana)
            else:
                getattr(lifecycle, deed)(rows, by=ana)
                one.status = {"resolve": "resolved", "mute": "muted"}[deed]
        scope = Scope([shop, other] if everywhere else [shop], ana, NOW)
        for terms in queries:
            text = " ".join(f"{'-' * negated}{text}" for (text, _), negated in terms)
            found = search.find(shop.issues.all(), text, scope)
            if any("has the tag" in mistake.message for mistake in found.mistakes):
                continue  # no event has the key
            assert not found.mistakes, text
            expected = {
                of_shop[key].pk
                for key, issue in known.items()
                if all(fits(issue, NOW) != negated for (_, fits), negated in terms)
            }
            assert set(found.issues.values_list("pk", flat=True)) == expected, text
