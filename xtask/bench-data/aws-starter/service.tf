# Services on Fargate, the migration's task, and what each of them may do.

locals {
  # Variables that are not secret.
  environment = {
    APP_PUBLIC_URL = local.url
    STORAGE_BUCKET = aws_s3_bucket.files.id
    BILLING_WORKER = "none"
  }
  images = { for name, repository in aws_ecr_repository.images : name => "${repository.repository_url}:latest" }

  # One container, its log, and its two roles: what starts it, and what it may do.
  tasks = {
    migration = {
      image       = local.images["api"]
      command     = var.app.migrate
      cpu         = 256
      memory      = 512
      port        = null
      environment = local.environment
    }
    api = {
      image       = local.images["api"]
      command     = []
      cpu         = var.app.api.cpu
      memory      = var.app.api.memory
      port        = var.app.api.port
      environment = merge(local.environment, { PORT = tostring(var.app.api.port) })
    }
    web = {
      image       = local.images["web"]
      command     = []
      cpu         = var.app.web.cpu
      memory      = var.app.web.memory
      port        = var.app.web.port
      environment = merge(local.environment, { PORT = tostring(var.app.web.port) })
    }
    # Exactly one, in the API's image.
    worker = {
      image       = local.images["api"]
      command     = ["billing-worker"]
      cpu         = var.app.worker.cpu
      memory      = var.app.worker.memory
      port        = null
      environment = local.environment
    }
  }

  # Tasks that are kept running.
  services = {
    api = { replicas = var.app.api.replicas, front = true }
    web = { replicas = var.app.web.replicas, front = true }
    # Exactly one worker: the old one stops before the new one starts.
    worker = { replicas = 1, front = false }
  }

  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } },
    ]
  })
}

resource "aws_cloudwatch_log_group" "task" {
  for_each          = local.tasks
  name              = "${local.name}-${each.key}"
  retention_in_days = 30
}

# What ECS needs to start the container: its image, its secrets, its log.

resource "aws_iam_role" "start" {
  for_each           = local.tasks
  name               = "${local.name}-${each.key}-start"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "start" {
  for_each = local.tasks
  name     = "start"
  role     = aws_iam_role.start[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      {
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = [for repository in aws_ecr_repository.images : repository.arn]
      },
      {
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = [for secret in aws_secretsmanager_secret.variable : secret.arn]
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.task[each.key].arn}:*"
      },
    ]
  })
}

# What the program in the container may do: use the bucket.

resource "aws_iam_role" "act" {
  for_each           = local.tasks
  name               = "${local.name}-${each.key}-act"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "act" {
  for_each = local.tasks
  name     = "act"
  role     = aws_iam_role.act[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "s3:ListBucket", Resource = aws_s3_bucket.files.arn },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        Resource = "${aws_s3_bucket.files.arn}/*"
      },
    ]
  })
}

resource "aws_ecs_task_definition" "task" {
  for_each                 = local.tasks
  family                   = "${local.name}-${each.key}"
  cpu                      = each.value.cpu
  memory                   = each.value.memory
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = aws_iam_role.start[each.key].arn
  task_role_arn            = aws_iam_role.act[each.key].arn
  container_definitions = jsonencode([{
    name        = "main"
    image       = each.value.image
    essential   = true
    command     = each.value.command
    environment = [for name, value in each.value.environment : { name = name, value = value }]
    # The ARN of the secret, once it has its value.
    secrets = [
      for name, version in aws_secretsmanager_secret_version.variable : { name = name, valueFrom = version.arn }
    ]
    portMappings = [for port in each.value.port[*] : { containerPort = port }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.task[each.key].name
        awslogs-region        = var.region
        awslogs-stream-prefix = "main"
      }
    }
  }])
}

resource "aws_ecs_service" "service" {
  for_each                           = local.services
  name                               = "${local.name}-${each.key}"
  cluster                            = aws_ecs_cluster.tasks.arn
  task_definition                    = aws_ecs_task_definition.task[each.key].arn
  launch_type                        = "FARGATE"
  desired_count                      = each.value.replicas
  deployment_maximum_percent         = each.value.front ? 200 : 100
  deployment_minimum_healthy_percent = each.value.front ? 100 : 0
  health_check_grace_period_seconds  = each.value.front ? 60 : null
  # Done when all tasks run, as in the Rust program.
  wait_for_steady_state = true
  network_configuration {
    subnets         = [for zone in var.network.zones : aws_subnet.private[zone].id]
    security_groups = [aws_security_group.group["cluster"].id]
  }
  deployment_circuit_breaker {
    enable   = true
    rollback = false
  }
  dynamic "load_balancer" {
    for_each = each.value.front ? [each.key] : []
    content {
      target_group_arn = aws_lb_target_group.service[load_balancer.value].arn
      container_name   = "main"
      container_port   = local.tasks[load_balancer.value].port
    }
  }
  # ECS wants what sends requests to the target groups before a service.
  depends_on = [aws_lb_listener_rule.api]
  # The emulator never shows it, which would be a difference in every plan.
  lifecycle {
    ignore_changes = [availability_zone_rebalancing]
  }
}
