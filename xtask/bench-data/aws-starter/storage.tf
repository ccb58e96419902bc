# Files, and secrets.

# A private bucket for the application's files.
resource "aws_s3_bucket" "files" {
  bucket_prefix = "${local.name}-files-"
  force_destroy = var.delete_data
}

resource "aws_s3_bucket_versioning" "files" {
  bucket = aws_s3_bucket.files.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "files" {
  bucket = aws_s3_bucket.files.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "files" {
  bucket                  = aws_s3_bucket.files.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "files" {
  # Rules about old versions want versioning first.
  bucket = aws_s3_bucket_versioning.files.bucket
  rule {
    id     = "old-versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = 30
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

# What services may know and nobody else, in Secrets Manager.

locals {
  # What the names of this environment's secrets begin with.
  secrets_prefix = "aws-starter/${var.environment}"
  # The secret that a service's variable comes from, by the variable's name.
  secrets = {
    DATABASE_URL = { name = "database-url", description = "where the database is, with its credentials" }
    REDIS_URL    = { name = "redis-url", description = "where the cache is, with its token" }
  }
  secret_values = {
    DATABASE_URL = local.database_url
    REDIS_URL    = local.redis_url
  }
}

resource "aws_secretsmanager_secret" "variable" {
  for_each                = local.secrets
  name_prefix             = "${local.secrets_prefix}/${each.value.name}-"
  description             = each.value.description
  recovery_window_in_days = 7
}

resource "aws_secretsmanager_secret_version" "variable" {
  for_each      = local.secrets
  secret_id     = aws_secretsmanager_secret.variable[each.key].id
  secret_string = local.secret_values[each.key]
}
