# The database: Postgres, where only services can reach it.

locals {
  database_port = 5432
  database_name = "app"
  database_url = format(
    "postgres://%s:%s@%s:%d/%s?sslmode=require",
    local.database_name,
    urlencode(local.database_password),
    aws_db_instance.server.address,
    local.database_port,
    local.database_name,
  )
  database_password = sensitive(terraform_data.database_password.output)
}

resource "aws_db_subnet_group" "database" {
  name        = "${local.name}-database"
  description = "where the database is"
  subnet_ids  = [for zone in var.network.zones : aws_subnet.data[zone].id]
}

resource "aws_db_parameter_group" "database" {
  name        = "${local.name}-database"
  family      = "postgres16"
  description = "TLS for everybody, and slow queries in the log"
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }
}

# 32 random characters, made once.
resource "terraform_data" "database_password" {
  input = replace(uuid(), "-", "")
  lifecycle {
    ignore_changes = [input]
  }
}

resource "aws_db_instance" "server" {
  identifier                      = "${local.name}-database"
  engine                          = "postgres"
  engine_version                  = "16"
  instance_class                  = var.database.instance_class
  allocated_storage               = var.database.storage_gib
  storage_type                    = "gp3"
  storage_encrypted               = true
  multi_az                        = var.database.multi_zone
  db_name                         = local.database_name
  username                        = local.database_name
  password                        = local.database_password
  db_subnet_group_name            = aws_db_subnet_group.database.name
  parameter_group_name            = aws_db_parameter_group.database.name
  vpc_security_group_ids          = [aws_security_group.group["database"].id]
  backup_retention_period         = var.database.backup_days
  copy_tags_to_snapshot           = true
  deletion_protection             = var.database.protect
  skip_final_snapshot             = var.delete_data
  final_snapshot_identifier       = var.delete_data ? null : "${local.name}-database-final"
  delete_automated_backups        = var.delete_data
  performance_insights_enabled    = var.database.multi_zone
  enabled_cloudwatch_logs_exports = ["postgresql"]
  apply_immediately               = true
}
