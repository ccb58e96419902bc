# No database or cache is reached from the internet.
package public_database

import data.lib

deny := lib.touched(wrong)

warn := lib.untouched(wrong)

wrong contains lib.finding(database, message) if {
	some database in lib.of({"aws:rds:Instance"})
	not lib.surely(database, "publicly_accessible", false, false)
	message := "publicly_accessible is not surely off, so the database may have a public address: switch it off"
}

wrong contains lib.finding(server, message) if {
	some server in lib.of({"azure:dbforpostgresql:FlexibleServer"})
	not private(server)
	message := "the server is not surely kept from the internet: give it a delegated_subnet_id, or switch public_network_access off"
}

private(server) if lib.setting(server, "public_network_access", null) == false

# A server in a subnet has no public address unless that is asked for.
private(server) if {
	lib.setting(server, "public_network_access", null) == null
	lib.setting(server, "delegated_subnet_id", null) != null
}

# 0.0.0.0 alone stands for every service of Azure, those of others too.
wrong contains lib.finding(rule, message) if {
	some rule in lib.of({"azure:dbforpostgresql:FirewallRule"})
	not begins_above_zero(rule)
	message := "the range begins at 0.0.0.0, or may: let in the addresses that need it and no others"
}

begins_above_zero(rule) if {
	first := lib.setting(rule, "start_ip_address", "0.0.0.0")
	is_string(first)
	not startswith(first, "0.")
}

wrong contains lib.finding(cache, message) if {
	some cache in lib.of({"azure:cache:RedisEnterprise"})
	not lib.surely(cache, "public_network_access", false, true)
	message := "public_network_access is not surely off, so the cache is reached from the internet: switch it off"
}
