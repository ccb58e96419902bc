# The way in: a load balancer, HTTP under its own name, and who answers what.

locals {
  url = "http://${aws_lb.balancer.dns_name}"
}

resource "aws_lb" "balancer" {
  name                       = local.name
  subnets                    = [for zone in var.network.zones : aws_subnet.public[zone].id]
  security_groups            = [aws_security_group.group["front"].id]
  drop_invalid_header_fields = true
}

resource "aws_lb_target_group" "service" {
  for_each             = { api = var.app.api, web = var.app.web }
  name                 = "${local.name}-${each.key}"
  vpc_id               = aws_vpc.this.id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = each.value.port
  deregistration_delay = 30
  health_check {
    path              = each.value.health_path
    interval          = 15
    healthy_threshold = 2
  }
}

resource "aws_vpc_security_group_ingress_rule" "http" {
  security_group_id = aws_security_group.group["front"].id
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.balancer.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.service["web"].arn
  }
}

resource "aws_lb_listener_rule" "api" {
  listener_arn = aws_lb_listener.http.arn
  priority     = 10
  condition {
    path_pattern {
      values = ["/api", "/api/*"]
    }
  }
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.service["api"].arn
  }
}
