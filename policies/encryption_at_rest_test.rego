package encryption_at_rest_test

import data.encryption_at_rest

test_aws_open if {
	found := {finding.urn | some finding in encryption_at_rest.deny} with input as data.fixtures.aws_open
	found == {
		"aws:rds:Instance/unknown",
		"aws:rds:Instance/plain",
		"aws:elasticache:ReplicationGroup/redis",
		"aws:elasticache:ReplicationGroup/valkey",
		"aws:ecs:Service/api",
	}
}

test_aws_closed if {
	count(encryption_at_rest.deny) == 0 with input as data.fixtures.aws_closed
	count(encryption_at_rest.warn) == 0 with input as data.fixtures.aws_closed
}

test_azure_open if {
	found := {finding.urn | some finding in encryption_at_rest.deny} with input as data.fixtures.azure_open
	found == set()
}

test_azure_closed if {
	count(encryption_at_rest.deny) == 0 with input as data.fixtures.azure_closed
	count(encryption_at_rest.warn) == 0 with input as data.fixtures.azure_closed
}
