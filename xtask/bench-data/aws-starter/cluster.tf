# What services run on: the cluster, its images, and who may talk to whom.

resource "aws_ecs_cluster" "tasks" {
  name = local.name
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

# Each lets one group in on one port of another.

resource "aws_vpc_security_group_ingress_rule" "from_balancer" {
  for_each                     = { api = var.app.api.port, web = var.app.web.port }
  security_group_id            = aws_security_group.group["cluster"].id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
  referenced_security_group_id = aws_security_group.group["front"].id
}

resource "aws_vpc_security_group_ingress_rule" "to_database" {
  security_group_id            = aws_security_group.group["database"].id
  ip_protocol                  = "tcp"
  from_port                    = local.database_port
  to_port                      = local.database_port
  referenced_security_group_id = aws_security_group.group["cluster"].id
}

resource "aws_vpc_security_group_ingress_rule" "to_cache" {
  security_group_id            = aws_security_group.group["cache"].id
  ip_protocol                  = "tcp"
  from_port                    = local.cache_port
  to_port                      = local.cache_port
  referenced_security_group_id = aws_security_group.group["cluster"].id
}

resource "aws_ecr_repository" "images" {
  for_each             = toset(["api", "web"])
  name                 = "${local.name}-${each.key}"
  image_tag_mutability = "MUTABLE"
  force_delete         = var.delete_data
  image_scanning_configuration {
    scan_on_push = true
  }
}

# Keeps the newest images.
resource "aws_ecr_lifecycle_policy" "images" {
  for_each   = aws_ecr_repository.images
  repository = each.value.name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "keep the newest images"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 30 }
      action       = { type = "expire" }
    }]
  })
}
