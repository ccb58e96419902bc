package open_to_the_internet_test

import data.open_to_the_internet

test_aws_open if {
	found := {finding.urn | some finding in open_to_the_internet.deny} with input as data.fixtures.aws_open
	found == {
		"aws:ec2:SecurityGroupRule/api",
		"aws:ec2:SecurityGroupRule/half",
		"aws:ec2:SecurityGroupRule/six",
		"aws:ec2:SecurityGroupRule/unknown",
		"aws:ec2:SecurityGroupRule/elsewhere",
	}
}

test_aws_closed if {
	count(open_to_the_internet.deny) == 0 with input as data.fixtures.aws_closed
	count(open_to_the_internet.warn) == 0 with input as data.fixtures.aws_closed
}

test_azure_open if {
	found := {finding.urn | some finding in open_to_the_internet.deny} with input as data.fixtures.azure_open
	found == {
		"azure:network:NetworkSecurityGroup/world",
		"azure:network:NetworkSecurityGroup/star",
		"azure:network:NetworkSecurityGroup/shared",
	}
}

test_azure_closed if {
	count(open_to_the_internet.deny) == 0 with input as data.fixtures.azure_closed
	count(open_to_the_internet.warn) == 0 with input as data.fixtures.azure_closed
}
