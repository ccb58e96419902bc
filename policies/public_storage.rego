# Nothing that holds files may be open to everyone.
package public_storage

import data.lib

deny := lib.touched(wrong)

warn := lib.untouched(wrong)

guards := {"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"}

# All four are on where nothing is said.
wrong contains lib.finding(bucket, message) if {
	some bucket in lib.of({"aws:s3:Bucket"})
	some guard in guards
	block := lib.setting(bucket, "public_access_block", {})
	not closed(block, guard)
	message := sprintf("public_access_block.%s is not surely on, so the bucket could be made public: switch it on", [guard])
}

closed(block, guard) if {
	not block["$unknown"]
	object.get(block, guard, true) == true
}

wrong contains lib.finding(account, message) if {
	some account in lib.of({"azure:storage:StorageAccount"})
	not lib.surely(account, "allow_blob_public_access", false, false)
	message := "allow_blob_public_access is not surely off, so containers could be opened to everyone: switch it off"
}

wrong contains lib.finding(container, message) if {
	some container in lib.of({"azure:storage:BlobContainer"})
	not lib.surely(container, "public_access", "None", "None")
	message := "public_access is not surely None, so everyone may read what is in it: set it to None"
}

wrong contains lib.finding(registry, message) if {
	some registry in lib.of({"azure:containerregistry:Registry"})
	not lib.surely(registry, "anonymous_pull_enabled", false, false)
	message := "anonymous_pull_enabled is not surely off, so everyone may pull its images: switch it off"
}
