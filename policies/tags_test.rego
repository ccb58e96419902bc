package tags_test

import data.tags

asked := {"tags": {"required": ["owner"]}}

test_nothing_is_asked_for if {
	count(tags.deny) == 0 with input as data.fixtures.aws_closed with data.settings as {}
}

test_a_tag_is_missing if {
	found := {finding.urn | some finding in tags.deny} with input as data.fixtures.aws_closed with data.settings as asked
	"aws:s3:Bucket/files" in found
	not "aws:s3:Bucket/said" in found
	not "aws:rds:Instance/main" in found
}
