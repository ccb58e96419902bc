"""How requests with a form are read, and their XML answers changed."""

import re
import xml.etree.ElementTree as xml

from wire import Response


def numbered(request, name):
    return [value for key, value in request.form.items() if re.fullmatch(rf"{name}\.\d+", key)]


def child(element, name):
    """A new element in another, of its namespace."""
    return xml.SubElement(element, element.tag[: element.tag.rfind("}") + 1] + name)


def put(element, path, text=None):
    """Gives the element at a path beneath another, made where it is missing, a text."""
    for name in path.split("/"):
        found = element.find(f"{{*}}{name}")
        element = child(element, name) if found is None else found
    if text is not None:
        element.text = text
    return element


def patched(response, patch):
    if not response.ok:
        return response
    root = xml.fromstring(response.body)
    patch(root)
    namespace = root.tag[1 : root.tag.rfind("}")] if root.tag.startswith("{") else None
    return Response(response.status, response.headers, xml.tostring(root, default_namespace=namespace))
