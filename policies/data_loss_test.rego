package data_loss_test

import data.data_loss

test_production if {
	found := {finding.urn | some finding in data_loss.deny} with input as data.fixtures.deletes
	found == {
		"aws:rds:Instance/gone",
		"aws:rds:Instance/new",
		"aws:rds:Instance/deposed",
	}
}

test_elsewhere if {
	plan := object.union(data.fixtures.deletes, {"production": false})
	count(data_loss.deny) == 0 with input as plan
}
