# What is written to a disk is encrypted. Azure, and S3, encrypt everything; these can be without.
package encryption_at_rest

import data.lib

deny := lib.touched(wrong)

warn := lib.untouched(wrong)

wrong contains lib.finding(database, message) if {
	some database in lib.of({"aws:rds:Instance"})
	not lib.surely(database, "storage_encrypted", true, false)
	message := "storage_encrypted is not surely on: switch it on; later that takes a new database"
}

# On for Valkey where nothing is said, and off for Redis.
wrong contains lib.finding(cache, message) if {
	some cache in lib.of({"aws:elasticache:ReplicationGroup"})
	valkey := lib.setting(cache, "engine", "redis") == "valkey"
	not lib.surely(cache, "at_rest_encryption_enabled", true, valkey)
	message := "at_rest_encryption_enabled is not surely on: switch it on; later that takes a new cache"
}

wrong contains lib.finding(service, message) if {
	some service in lib.of({"aws:ecs:Service"})
	some volume in lib.setting(service, "volume_configurations", [])
	object.get(volume, "encrypted", true) != true
	message := "a disk in volume_configurations is not surely encrypted: set encrypted to true"
}
