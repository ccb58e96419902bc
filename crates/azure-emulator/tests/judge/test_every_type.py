"""What holds for every type, driven through the operations of Microsoft's clients."""

import copy
import json
import re

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from conftest import code
from kinds import KINDS, done

every = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name.replace(" ", "-"))


def of(condition):
    chosen = [kind for kind in KINDS if condition(kind)]
    return pytest.mark.parametrize("kind", chosen, ids=lambda kind: kind.name.replace(" ", "-"))


def wire(model):
    """A model as it is on the wire, read-only properties too."""
    if hasattr(model, "as_dict") and not hasattr(model, "_attribute_map"):
        return model.as_dict()
    return model.serialize(keep_readonly=True)


def assert_within(sent, answered, secret=(), path=""):
    """All that was sent is in what was answered, but for secrets."""
    if isinstance(sent, dict):
        assert isinstance(answered, dict), path
        for key, value in sent.items():
            if not is_secret(f"{path}.{key}", secret):
                assert key in answered, f"{path}.{key} is missing"
                assert_within(value, answered[key], secret, f"{path}.{key}")
            else:
                assert answered.get(key) is None, f"{path}.{key} is told"
    elif isinstance(sent, list):
        assert len(sent) == len(answered), path
        for index, (left, right) in enumerate(zip(sent, answered)):
            assert_within(left, right, secret, f"{path}[{index}]")
    elif path == ".location":
        assert sent.replace(" ", "").lower() == answered.replace(" ", "").lower()
    else:
        assert sent == answered, path


def is_secret(path, secret):
    """Whether a path, without its places in lists, ends with one of those that are never told."""
    return any(re.sub(r"\[\d+\]", "", path).endswith(f".{ending}") for ending in secret)


class Made:
    """A resource of a kind, made."""

    def __init__(self, kind, azure):
        self.kind, self.operations = kind, kind.operations(azure)
        self.parents = kind.arguments(azure)
        self.name = kind.called()
        self.body = kind.body(azure, self.parents)
        self.made = self.put(self.body)

    def put(self, body, name=None):
        # As bytes, so that nothing is dropped or refused on the way.
        create = getattr(self.operations, self.kind.create)
        return done(create(*self.parents, name or self.name, json.dumps(body).encode()))

    def get(self, name=None):
        return getattr(self.operations, self.kind.get)(*self.parents, name or self.name)

    def delete(self):
        return done(getattr(self.operations, self.kind.delete)(*self.parents, self.name))


def put_at(body, path, value):
    """Sets, or with `None` removes, what is at a path whose numbers are places in lists."""
    body = copy.deepcopy(body)
    *steps, last = path.split(".")
    place = body
    for step in steps:
        place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return body


@every
def test_what_is_sent_comes_back(azure, kind):
    made = Made(kind, azure)
    assert_within(made.body, wire(made.made), kind.secret)
    assert made.made.id and made.made.name == made.name
    assert wire(made.get()) == wire(made.made)


@every
def test_it_is_found_whatever_the_casing(azure, kind):
    made = Made(kind, azure)
    assert made.get(made.name.upper()).id == made.made.id


@every
def test_what_get_answers_can_be_put_back(azure, kind):
    made = Made(kind, azure)
    body = wire(made.get())
    restore(made.body, body, kind.secret)
    again = made.put(body)
    assert_within(made.body, wire(again), kind.secret)


def restore(source, target, secret, path=""):
    """Puts back what is never told."""
    if isinstance(source, list):
        for left, right in zip(source, target):
            restore(left, right, secret, path)
    elif isinstance(source, dict):
        for name, value in source.items():
            if is_secret(f"{path}.{name}", secret):
                target[name] = value
            elif name in target:
                restore(value, target[name], secret, f"{path}.{name}")


@of(lambda kind: kind.delete)
def test_what_is_deleted_is_gone_and_can_be_deleted_again(azure, kind):
    made = Made(kind, azure)
    made.delete()
    with pytest.raises(ResourceNotFoundError) as error:
        made.get()
    assert code(error) == "ResourceNotFound"
    made.delete()


@of(lambda kind: kind.list and not kind.single)
def test_lists_come_in_pages(azure, kind):
    made = Made(kind, azure)
    azure.control.settings(page_size=1)
    names = {made.name}
    for _ in range(2):
        name = kind.called()
        made.put(kind.body(azure, made.parents), name)
        names.add(name)
    listed = [one.name for one in getattr(made.operations, kind.list)(*kind.list_order(made.parents))]
    assert names <= set(listed)
    assert len(listed) == len(set(listed))
    if kind.list_all:
        assert names <= {one.name for one in getattr(made.operations, kind.list_all)()}


@of(lambda kind: kind.list and kind.single)
def test_the_one_is_listed(azure, kind):
    made = Made(kind, azure)
    assert made.name in [one.name for one in getattr(made.operations, kind.list)(*made.parents)]


@of(lambda kind: kind.update)
def test_a_change_changes_what_it_names(azure, kind):
    made = Made(kind, azure)
    update = getattr(made.operations, kind.update)
    changed = done(update(*made.parents, made.name, json.dumps(kind.change).encode()))
    expected = {**made.body, **{key: value for key, value in kind.change.items() if key == "tags"}}
    for key, value in kind.change.get("properties", {}).items():
        expected = put_at(expected, f"properties.{key}", value | {} if isinstance(value, dict) else value)
    shown = wire(made.get())
    assert_within(kind.change, shown)
    if "tags" in kind.change:
        # Tags are replaced as a whole.
        assert shown["tags"] == kind.change["tags"]
        assert_within(expected, shown, kind.secret)
    if changed is not None and hasattr(changed, "id"):
        assert changed.id == made.made.id


@every
def test_an_unknown_property_is_refused(azure, kind):
    made = Made(kind, azure)
    with pytest.raises(HttpResponseError) as error:
        made.put({**made.body, "colour": "red"})
    assert error.value.status_code == 400
    assert "colour" in str(error.value)


@of(lambda kind: kind.missing)
def test_a_missing_property_is_refused(azure, kind):
    made = Made(kind, azure)
    name = made.name if kind.single else kind.called()
    if kind.single and kind.delete:
        made.delete()
    with pytest.raises(HttpResponseError) as error:
        made.put(put_at(made.body, kind.missing, None), name)
    assert error.value.status_code == 400
    assert kind.missing.rsplit(".", 1)[-1] in str(error.value)


@of(lambda kind: kind.enum)
def test_a_value_that_is_not_one_of_the_allowed_is_refused(azure, kind):
    made = Made(kind, azure)
    with pytest.raises(HttpResponseError) as error:
        made.put(put_at(made.body, kind.enum, "Nonsense"))
    assert error.value.status_code == 400
    assert "Nonsense" in str(error.value)


@of(lambda kind: kind.mistyped)
def test_a_value_of_another_type_is_refused(azure, kind):
    made = Made(kind, azure)
    path, value = kind.mistyped
    with pytest.raises(HttpResponseError) as error:
        made.put(put_at(made.body, path, value))
    assert error.value.status_code == 400
    assert path.rsplit(".", 1)[-1] in str(error.value)


@of(lambda kind: kind.read_only)
def test_what_the_service_sets_is_refused(azure, kind):
    made = Made(kind, azure)
    path, value = kind.read_only
    with pytest.raises(HttpResponseError) as error:
        made.put(put_at(made.body, path, value))
    assert error.value.status_code == 400
    assert path.rsplit(".", 1)[-1] in str(error.value)


@of(lambda kind: kind.tracked and kind.location != "global")
def test_a_location_is_one_and_stays(azure, kind):
    made = Made(kind, azure)
    # The same, as people write it.
    made.put(with_region(made.body, "West US"))
    with pytest.raises(HttpResponseError) as error:
        made.put(with_region(made.body, "eastus"))
    assert (error.value.status_code, code(error)) == (409, "InvalidResourceLocation")
    with pytest.raises(HttpResponseError) as error:
        made.put(with_region(made.body, "atlantis"))
    assert code(error) == "LocationNotAvailableForResourceType"


def with_region(body, region):
    return {**body, "location": region}


@every
def test_without_its_group_it_is_not_found(azure, kind):
    made = Made(kind, azure)
    made.parents = ("nowhere", *made.parents[1:])
    for request in (lambda: made.put(made.body), made.get):
        with pytest.raises(ResourceNotFoundError) as error:
            request()
        assert code(error) == "ResourceGroupNotFound"


@of(lambda kind: kind.child)
def test_without_its_parent_it_is_not_found(azure, kind):
    made = Made(kind, azure)
    made.parents = (made.parents[0], "nobody1", *made.parents[2:])
    with pytest.raises(ResourceNotFoundError) as error:
        made.put(made.body)
    assert code(error) == "ParentResourceNotFound"


@every
def test_it_goes_with_its_group(azure, kind):
    made = Made(kind, azure)
    done(azure.resources.resource_groups.begin_delete(azure.group))
    left = azure.control("GET", "resources")["resources"]
    assert left == []
    with pytest.raises(ResourceNotFoundError):
        made.get()


@every
def test_an_operation_takes_its_time(azure, kind):
    azure.control.settings(operation_time=30)
    made = Made(kind, azure)
    assert_within(made.body, wire(made.made), kind.secret)
    if kind.delete:
        made.delete()
        with pytest.raises(ResourceNotFoundError):
            made.get()
