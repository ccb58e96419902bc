# The cache: Redis, where only services can reach it.

locals {
  cache_port = 6379
  redis_url = format(
    "rediss://:%s@%s:%d",
    urlencode(local.cache_token),
    aws_elasticache_replication_group.server.primary_endpoint_address,
    local.cache_port,
  )
  cache_token = sensitive(terraform_data.cache_token.output)
  stands_by   = var.cache.replicas > 0
}

resource "aws_elasticache_subnet_group" "cache" {
  name        = "${local.name}-cache"
  description = "where the cache is"
  subnet_ids  = [for zone in var.network.zones : aws_subnet.data[zone].id]
}

# 32 random characters, made once.
resource "terraform_data" "cache_token" {
  input = replace(uuid(), "-", "")
  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_elasticache_replication_group" "server" {
  replication_group_id       = "${local.name}-cache"
  description                = "the application's cache"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = var.cache.node_type
  num_cache_clusters         = 1 + var.cache.replicas
  automatic_failover_enabled = local.stands_by
  multi_az_enabled           = local.stands_by
  port                       = local.cache_port
  subnet_group_name          = aws_elasticache_subnet_group.cache.name
  security_group_ids         = [aws_security_group.group["cache"].id]
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  auth_token                 = local.cache_token
  apply_immediately          = true
}
