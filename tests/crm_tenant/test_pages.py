"""The rep's day in a browser without scripts: from the empty desk to a won deal."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from crm_tenant.models import Activity, Company, Deal, Person, StageMove, Task
from provider.kernel import clock
from provider.kernel.ids import new_id
from provider.kernel.tenancy import inside
from provider.look.tables.cursor import Order
from tests.console.conftest import enter
from tests.factories import make_account, make_member
from tests.plans.factories import open_access

from .conftest import Office, make_office

pytestmark = pytest.mark.django_db


def sent(**values: object) -> dict[str, object]:
    return {"form_key": str(new_id())} | values


def a_deal(rep: Client, office: Office, **values: object) -> Deal:
    stage = office.stages["New"]
    form = {"name": "24 seats", "amount": "18,720", "currency": "CNY", "stage": stage.id, "company_name": "Qinghe"}
    answer = rep.post("/crm/deals/new/", sent(**form | values))
    assert answer.status_code == 302, answer.content.decode()
    with inside(workspace_id=office.workspace.id):
        return Deal.objects.order_by("-created_at", "-id").first()


def test_an_empty_desk_says_how_to_begin(rep: Client) -> None:
    body = rep.get("/crm/").content.decode()
    assert "Nothing to do today" in body
    assert "Make the first deal" in body


def test_who_comes_first_finds_a_workspace_and_takes_a_seat(client: Client) -> None:
    account = make_account()
    open_access(account)
    enter(client, make_member(account=account, portal="subscriber", role="owner"))
    assert client.get("/crm/deals/").status_code == 200
    assert client.get("/crm/deals/").status_code == 200


def test_resellers_have_no_crm_of_their_customers(client: Client) -> None:
    enter(client, make_member(account=make_account(portal="reseller"), portal="reseller", role="owner"))
    assert client.get("/crm/").status_code == 403


def test_a_deal_comes_with_its_company_and_stands_on_the_board(rep: Client, office: Office) -> None:
    deal = a_deal(rep, office, person_name="Wang Wei")
    board = rep.get("/crm/deals/").content.decode()
    assert "24 seats" in board
    assert "No next step" in board
    assert "18,720" in board
    with inside(workspace_id=office.workspace.id):
        assert (deal.amount_minor, deal.currency, deal.owner_id) == (1_872_000, "CNY", None)
        assert Company.objects.get().name == "Qinghe"
        assert Person.objects.get().company_id == deal.company_id


def test_a_name_that_is_there_already_makes_no_second_company(rep: Client, office: Office) -> None:
    a_deal(rep, office, company_name="Qinghe Trading Co., Ltd.")
    a_deal(rep, office, company_name="QINGHE  trading")
    with inside(workspace_id=office.workspace.id):
        assert Company.objects.count() == 1


def test_moving_winning_and_undoing(rep: Client, office: Office) -> None:
    deal, won = a_deal(rep, office), office.stages["Won"]
    answer = rep.post(f"/crm/deals/{deal.id}/move/", {"stage": won.id, "from": deal.stage_id})
    assert answer.status_code == 302
    with inside(workspace_id=office.workspace.id):
        assert Deal.objects.get().status == "won"
    rep.post(f"/crm/deals/{deal.id}/move/?stage={deal.stage_id}")
    with inside(workspace_id=office.workspace.id):
        assert (Deal.objects.get().status, Deal.objects.get().closed_at) == ("open", None)
        assert StageMove.objects.count() == 3
        verbs = list(Activity.objects.filter(deal=deal).order_by("id").values_list("verb", flat=True))
    assert verbs == ["deal.created", "deal.won", "deal.reopened"]


def test_losing_asks_why(rep: Client, office: Office) -> None:
    deal, lost = a_deal(rep, office), office.stages["Lost"]
    assert rep.post(f"/crm/deals/{deal.id}/move/", {"stage": lost.id}).status_code == 422
    rep.post(f"/crm/deals/{deal.id}/move/", {"stage": lost.id, "reason": "Too dear"})
    assert "Lost: Too dear" in rep.get(f"/crm/deals/{deal.id}/").content.decode()


def test_a_card_dropped_where_somebody_else_has_moved_it_is_refused(rep: Client, office: Office) -> None:
    deal = a_deal(rep, office)
    rep.post(f"/crm/deals/{deal.id}/move/", {"stage": office.stages["Proposal"].id})
    late = {"stage": office.stages["Negotiation"].id, "from": office.stages["New"].id}
    answer = rep.post(f"/crm/deals/{deal.id}/move/", late, headers={"HX-Request": "true"})
    assert "changed by someone else" in answer.content.decode() + str(answer.headers.get("HX-Trigger"))
    with inside(workspace_id=office.workspace.id):
        assert Deal.objects.get().stage_id == office.stages["Proposal"].id


def test_a_form_opened_before_somebody_else_saved_is_refused(rep: Client, office: Office) -> None:
    deal = a_deal(rep, office)
    form = {"name": "30 seats", "amount": "20000", "currency": "CNY", "version": 1}
    assert rep.post(f"/crm/deals/{deal.id}/edit/", sent(**form)).status_code == 302
    late = rep.post(f"/crm/deals/{deal.id}/edit/", sent(**form | {"name": "40 seats"}))
    assert "was changed by someone else" in late.content.decode()
    with inside(workspace_id=office.workspace.id):
        assert Deal.objects.get().name == "30 seats"


@pytest.mark.parametrize("amount", ["-5", "1e9", "12.345", "a lot", "99999999999999999999"])
def test_an_amount_that_is_none_is_refused_at_its_field(rep: Client, office: Office, amount: str) -> None:
    form = {"name": "x", "amount": amount, "currency": "CNY", "stage": office.stages["New"].id}
    body = rep.post("/crm/deals/new/", sent(**form)).content.decode()
    assert "Write the amount in figures" in body


def test_the_next_step_is_planned_ticked_and_taken_back(rep: Client, office: Office) -> None:
    deal = a_deal(rep, office, owner=office.me.id)
    form = {"kind": "call", "title": "Ask for the order", "due_on": "2026-03-02", "owner": office.me.id}
    assert rep.post(f"/crm/deal/{deal.id}/step/", sent(**form)).status_code == 302
    with inside(workspace_id=office.workspace.id):
        task = Task.objects.get()
    assert "Ask for the order" in rep.get("/crm/").content.decode()
    rep.post(f"/crm/tasks/{task.id}/done/")
    assert "Done: Ask for the order" in rep.get(f"/crm/deals/{deal.id}/").content.decode()
    rep.post(f"/crm/tasks/{task.id}/reopen/")
    with inside(workspace_id=office.workspace.id):
        assert Task.objects.get().done_at is None


def test_a_note_stands_in_the_history_of_the_deal_and_its_company(rep: Client, office: Office) -> None:
    deal = a_deal(rep, office)
    rep.post(f"/crm/deal/{deal.id}/note/", sent(text="They want <b>three</b> years"))
    for page in (f"/crm/deals/{deal.id}/", f"/crm/companies/{deal.company_id}/"):
        assert "They want &lt;b&gt;three&lt;/b&gt; years" in rep.get(page).content.decode()


def test_the_same_company_twice_is_asked_about(rep: Client, office: Office) -> None:
    first = {"name": "Lianhua Motors", "phones": "021-5555 1234"}
    assert rep.post("/crm/companies/new/", sent(**first)).status_code == 302
    again = {"name": "Lotus", "phones": "(021) 5555-1234"}
    body = rep.post("/crm/companies/new/", sent(**again)).content.decode()
    assert "This may be there already" in body
    assert rep.post("/crm/companies/new/", sent(**again | {"is_sure": "on"})).status_code == 302


def test_a_telephone_is_a_link_and_is_found_by_its_digits(rep: Client, office: Office) -> None:
    rep.post("/crm/companies/new/", sent(name="南山光学", phones="+86 755 2345-6789"))
    for words in ("23456789", "南山", "光"):
        assert "南山光学" in rep.get("/crm/search/", {"q": words}).content.decode()
    with inside(workspace_id=office.workspace.id):
        company = Company.objects.get()
    assert 'href="tel:+8675523456789"' in rep.get(f"/crm/companies/{company.id}/").content.decode()


def test_what_is_put_away_comes_back(rep: Client, office: Office) -> None:
    deal = a_deal(rep, office)
    rep.post(f"/crm/companies/{deal.company_id}/archive/")
    assert "Qinghe" not in rep.get("/crm/companies/").content.decode().split("toasts")[0]
    rep.post(f"/crm/companies/{deal.company_id}/restore/")
    rep.post(f"/crm/deals/{deal.id}/archive/")
    rep.post(f"/crm/deals/{deal.id}/restore/")
    assert rep.get(f"/crm/deals/{deal.id}/").status_code == 200


def test_another_workspace_is_not_there(rep: Client, office: Office, client: Client) -> None:
    deal = a_deal(rep, office)
    stranger = Client()
    enter(stranger, make_office(name="Rival").member)
    for path in (f"/crm/deals/{deal.id}/", f"/crm/companies/{deal.company_id}/", f"/crm/deals/{deal.id}/edit/"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"/crm/deals/{deal.id}/move/", {"stage": office.stages["Won"].id}).status_code == 404
    assert "24 seats" not in stranger.get("/crm/search/", {"q": "24"}).content.decode()


def test_a_record_with_much_hanging_on_it_asks_no_more_than_one_with_little(rep: Client, office: Office) -> None:
    deal = a_deal(rep, office, person_name="Wang Wei")
    for number in range(6):
        form = {"kind": "call", "title": f"Step {number}", "due_on": "2026-03-02", "owner": office.me.id}
        rep.post(f"/crm/deal/{deal.id}/step/", sent(**form))
        rep.post(f"/crm/deal/{deal.id}/note/", sent(text=f"Note {number}"))
    for page in (f"/crm/deals/{deal.id}/", f"/crm/companies/{deal.company_id}/", f"/crm/people/{deal.person_id}/"):
        with CaptureQueriesContext(connection) as asked:
            assert rep.get(page).status_code == 200
        questions = [one["sql"] for one in asked.captured_queries if "SAVEPOINT" not in one["sql"]]
        assert len(questions) <= 18, questions


def test_the_list_is_ordered_as_its_index_is(at_work: Office) -> None:
    """A column that is never empty is sorted without saying where empty ones go: an index serves it then."""
    rows = Deal.objects.all()
    assert "NULLS" not in str(Order(field="changed_at", is_descending=True).apply(rows).query)
    assert "NULLS LAST" in str(Order(field="closed_at", is_descending=True).apply(rows).query)


@pytest.mark.parametrize("page", ["/crm/", "/crm/deals/", "/crm/deals/list/", "/crm/companies/", "/crm/people/",
                                  "/crm/tasks/", "/crm/search/?q=24"])  # fmt: skip
def test_no_page_asks_the_database_more_than_fifteen_times(rep: Client, office: Office, page: str) -> None:
    a_deal(rep, office)
    a_deal(rep, office, name="Second", company_name="Other")
    rep.get(page)
    with CaptureQueriesContext(connection) as asked:
        assert rep.get(page).status_code == 200
    # A savepoint stands for the transaction that a request opens outside of tests.
    questions = [one["sql"] for one in asked.captured_queries if "SAVEPOINT" not in one["sql"]]
    assert len(questions) <= 15, questions


def test_an_import_of_many_deals_is_one_line_below_what_a_rep_works_with(rep: Client, office: Office) -> None:
    deal = a_deal(rep, office, person_name="Wang Wei")
    with inside(workspace_id=office.workspace.id):
        Activity.objects.bulk_create(
            Activity(
                id=new_id(), workspace_id=office.workspace.id, verb="record.imported", at=clock.now(),
                company_id=deal.company_id, person_id=deal.person_id, deal=deal,
            )
            for _ in range(60)
        )  # fmt: skip
    for page in (f"/crm/companies/{deal.company_id}/", f"/crm/people/{deal.person_id}/"):
        body = rep.get(page).content.decode()
        assert body.count("60 deals imported") == 1
        assert "Deal made in" in body
        assert "Imported" not in body
        assert body.index("24 seats") < body.index("60 deals imported")


@pytest.mark.parametrize(
    ("page", "first", "way"),
    [
        ("/crm/people/", "No people yet", "/crm/people/new/"),
        ("/crm/deals/list/", "No deals yet", "/crm/deals/new/"),
        ("/crm/tasks/", "No steps yet", "/crm/deals/list/"),
    ],
)
def test_an_empty_list_says_how_to_begin_and_one_that_is_narrowed_how_to_see_all(
    rep: Client, office: Office, page: str, first: str, way: str
) -> None:
    empty = rep.get(page).content.decode().split("empty-state")[1]
    assert first in empty
    assert f'href="{way}"' in empty
    if page != "/crm/tasks/":
        narrowed = rep.get(f"{page}?q=nobody").content.decode().split("empty-state")[1]
        assert "Show everything" in narrowed
        assert first not in narrowed
