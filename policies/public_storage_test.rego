package public_storage_test

import data.public_storage

test_aws_open if {
	found := {finding.urn | some finding in public_storage.deny} with input as data.fixtures.aws_open
	found == {
		"aws:s3:Bucket/acls",
		"aws:s3:Bucket/unknown",
	}
	old := {finding.urn | some finding in public_storage.warn} with input as data.fixtures.aws_open
	old == {
		"aws:s3:Bucket/old",
	}
}

test_aws_closed if {
	count(public_storage.deny) == 0 with input as data.fixtures.aws_closed
	count(public_storage.warn) == 0 with input as data.fixtures.aws_closed
}

test_azure_open if {
	found := {finding.urn | some finding in public_storage.deny} with input as data.fixtures.azure_open
	found == {
		"azure:storage:StorageAccount/files",
		"azure:storage:BlobContainer/all",
		"azure:storage:BlobContainer/unknown",
		"azure:containerregistry:Registry/images",
	}
}

test_azure_closed if {
	count(public_storage.deny) == 0 with input as data.fixtures.azure_closed
	count(public_storage.warn) == 0 with input as data.fixtures.azure_closed
}
