package public_database_test

import data.public_database

test_aws_open if {
	found := {finding.urn | some finding in public_database.deny} with input as data.fixtures.aws_open
	found == {
		"aws:rds:Instance/public",
		"aws:rds:Instance/unknown",
	}
}

test_aws_closed if {
	count(public_database.deny) == 0 with input as data.fixtures.aws_closed
	count(public_database.warn) == 0 with input as data.fixtures.aws_closed
}

test_azure_open if {
	found := {finding.urn | some finding in public_database.deny} with input as data.fixtures.azure_open
	found == {
		"azure:dbforpostgresql:FlexibleServer/bare",
		"azure:dbforpostgresql:FlexibleServer/asked",
		"azure:dbforpostgresql:FlexibleServer/unknown",
		"azure:dbforpostgresql:FirewallRule/azure",
		"azure:dbforpostgresql:FirewallRule/unknown",
		"azure:cache:RedisEnterprise/cache",
	}
}

test_azure_closed if {
	count(public_database.deny) == 0 with input as data.fixtures.azure_closed
	count(public_database.warn) == 0 with input as data.fixtures.azure_closed
}
