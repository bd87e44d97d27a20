internal import MarkupEscaping

/// An SVG document being written: elements in order, every text and attribute escaped.
struct SVGText {
    private(set) var text = ""
    private var open: [String] = []

    /// Begins an element that holds others.
    mutating func begin(_ name: String, _ attributes: KeyValuePairs<String, String> = [:]) {
        indent()
        text += "<\(name)\(Self.list(attributes))>\n"
        open.append(name)
    }

    /// Ends the innermost open element.
    mutating func end() {
        guard let name = open.popLast() else { return }
        indent()
        text += "</\(name)>\n"
    }

    /// An element without content, or with text.
    mutating func element(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: String? = nil) {
        indent()
        text += "<\(name)\(Self.list(attributes))"
        text += content.map { ">\(MarkupText.escaped($0))</\(name)>\n" } ?? "/>\n"
    }

    private mutating func indent() { text += String(repeating: "  ", count: open.count) }

    /// Attributes with an empty value are left out.
    private static func list(_ attributes: KeyValuePairs<String, String>) -> String {
        attributes.map { $0.value.isEmpty ? "" : " \($0.key)=\"\(MarkupText.escaped($0.value))\"" }.joined()
    }
}
