import UnitSchema

extension Field {
    /// The range that the type states, for people: `0 … 10`.
    var rangeText: String? {
        guard case .simple(let type) = self.type else { return nil }
        return type.rangeText
    }

    /// Sentences for a doc comment: what it is, unit, range, version.
    var documentation: String {
        var text = description
        if let unit { text += text.hasSuffix(".") ? " Unit: \(unit)" : ". Unit: \(unit)" }
        if let rangeText { text += ". Range: \(rangeText)" }
        if presence == .optional { text += ". May be absent" }
        if sinceVersion > 0 { text += ". Since version \(sinceVersion)" }
        if let deprecated { text += ". Deprecated since version \(deprecated)" }
        return text.hasSuffix(".") ? text : text + "."
    }
}

extension SimpleType {
    /// The range that the type states, for people.
    var rangeText: String? {
        switch (minimum, maximum) {
        case (let minimum?, let maximum?): "\(minimum.text) … \(maximum.text)"
        case (let minimum?, nil): "at least \(minimum.text)"
        case (nil, let maximum?): "at most \(maximum.text)"
        case (nil, nil): nil
        }
    }
}

extension Scalar {
    /// The number without a needless `.0`.
    var text: String {
        let text = description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
