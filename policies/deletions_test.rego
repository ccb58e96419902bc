package deletions_test

import data.deletions

test_few if {
	count(deletions.deny) == 0 with input as data.fixtures.deletes with data.settings as {}
}

test_as_many_as_may_be if {
	count(deletions.deny) == 0 with input as data.fixtures.deletes with data.settings as {"deletions": {"limit": 4}}
}

test_too_many if {
	count(deletions.deny) == 1 with input as data.fixtures.deletes with data.settings as {"deletions": {"limit": 3}}
}
