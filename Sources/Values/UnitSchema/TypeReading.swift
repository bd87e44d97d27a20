extension SchemaReader {
    /// A type that is not a composite.
    func definition(_ element: MarkupElement, isHeaderMember: Bool) -> DataType? {
        switch element.name {
        case "type": simple(element, allowsVariableLength: isHeaderMember).map(DataType.simple)
        case "enum": enumeration(element).map(DataType.enumeration)
        case "set": set(element).map(DataType.set)
        default: nil
        }
    }

    private func simple(_ element: MarkupElement, allowsVariableLength: Bool) -> SimpleType? {
        let name = element["name"] ?? ""
        let line = element.line
        guard let primitive = Primitive(rawValue: element["primitiveType"] ?? "") else {
            findings.add(line, "type '\(name)': '\(element["primitiveType"] ?? "")' is not a primitive type")
            return nil
        }
        let presence = self.presence(of: element) ?? .required
        let length = natural("length", of: element, limit: 4_096) ?? 1
        if length == 0, !allowsVariableLength {
            findings.add(line, "type '\(name)' has length 0, which only data of variable length has")
        }
        if primitive == .char, element["length"] == nil, presence != .constant {
            findings.add(line, "type '\(name)' of char has no length")
        }
        if let encoding = element["characterEncoding"], !["UTF-8", "ASCII", "US-ASCII"].contains(encoding) {
            findings.add(line, "type '\(name)': characterEncoding '\(encoding)' is not UTF-8 or ASCII")
        }
        if element["valueRef"] != nil { findings.add(line, "type '\(name)': valueRef belongs to a field") }
        let minimum = bound("minValue", of: element, primitive)
        let maximum = bound("maxValue", of: element, primitive)
        let null = bound("nullValue", of: element, primitive) ?? primitive.standardNull
        if let minimum, let maximum, maximum < minimum {
            findings.add(line, "type '\(name)': minValue \(minimum) is above maxValue \(maximum)")
        }
        if minimum != nil || maximum != nil {
            let range = primitive.standardRange
            if !null.isNaN, (minimum ?? range.lowerBound) <= null, null <= (maximum ?? range.upperBound) {
                findings.add(line, "type '\(name)': null value \(null) lies inside the range")
            }
            if primitive == .char { findings.add(line, "type '\(name)': characters have no range") }
        }
        var constant: String?
        if presence == .constant {
            constant = element.text
            let isText = primitive == .char && element["length"] != nil
            if element.text.isEmpty {
                findings.add(line, "constant '\(name)' has no value")
            } else if isText ? element.text.utf8.count > length : primitive.scalar(element.text) == nil {
                findings.add(line, "constant '\(name)': '\(element.text)' is not a value of \(primitive)")
            } else if !isText, length != 1 {
                findings.add(line, "constant '\(name)' is an array, which is not supported")
            }
        } else if !element.text.isEmpty {
            findings.add(line, "type '\(name)' has a value and is not constant")
        }
        return SimpleType(
            name: name, primitive: primitive, length: length, presence: presence, constant: constant, minimum: minimum,
            maximum: maximum, null: null, unit: element["semanticType"],
            characterEncoding: element["characterEncoding"], description: element["description"] ?? "")
    }

    private func bound(_ attribute: String, of element: MarkupElement, _ primitive: Primitive) -> Scalar? {
        guard let text = element[attribute] else { return nil }
        if attribute == "nullValue", primitive.isReal, text == "NaN" { return .real(.nan) }
        if let value = primitive.scalar(text) { return value }
        findings.add(
            element.line, "type '\(element["name"] ?? "")': \(attribute) '\(text)' is not a value of \(primitive)")
        return nil
    }

    /// The primitive behind `encodingType`, which names a primitive or a simple type.
    private func encoding(of element: MarkupElement, allowed: (Primitive) -> Bool) -> Primitive? {
        let text = element["encodingType"] ?? ""
        var primitive = Primitive(rawValue: text)
        if case .simple(let type)? = typesByName[text], type.length == 1, type.constant == nil {
            primitive = type.primitive
        }
        guard let primitive, allowed(primitive) else {
            findings.add(
                element.line, "\(element.name) '\(element["name"] ?? "")': encodingType '\(text)' is not possible")
            return nil
        }
        return primitive
    }

    private func enumeration(_ element: MarkupElement) -> EnumType? {
        let name = element["name"] ?? ""
        guard let encoding = encoding(of: element, allowed: { $0.isUnsigned || $0 == .char }) else { return nil }
        var scope = Scope()
        var values: [EnumValue] = []
        if element.children.isEmpty { findings.add(element.line, "enum '\(name)' has no values") }
        for child in element.children {
            let valueName = child["name"] ?? ""
            checkName(valueName, startsUppercase: nil, child.line)
            guard case .integer(let value)? = encoding.scalar(child.text) else {
                findings.add(child.line, "\(name).\(valueName): '\(child.text)' is not a value of \(encoding)")
                continue
            }
            if .integer(value) == encoding.standardNull {
                findings.add(child.line, "\(name).\(valueName): \(value) is the null value of \(encoding)")
            }
            if !scope.insert(name: valueName) { findings.add(child.line, "\(name).\(valueName) is defined twice") }
            if !scope.insert(number: value) { findings.add(child.line, "\(name).\(valueName): \(value) is taken") }
            values.append(
                EnumValue(
                    name: valueName, value: value, description: child["description"] ?? "",
                    sinceVersion: sinceVersion(of: child)))
        }
        return EnumType(name: name, encoding: encoding, values: values, description: element["description"] ?? "")
    }

    private func set(_ element: MarkupElement) -> SetType? {
        let name = element["name"] ?? ""
        guard let encoding = encoding(of: element, allowed: \.isUnsigned) else { return nil }
        var scope = Scope()
        var choices: [Choice] = []
        if element.children.isEmpty { findings.add(element.line, "set '\(name)' has no choices") }
        for child in element.children {
            let choiceName = child["name"] ?? ""
            checkName(choiceName, startsUppercase: nil, child.line)
            guard let bit = Number.natural(child.text, limit: 8 * encoding.size - 1) else {
                findings.add(child.line, "\(name).\(choiceName): '\(child.text)' is not a bit of \(encoding)")
                continue
            }
            if !scope.insert(name: choiceName) { findings.add(child.line, "\(name).\(choiceName) is defined twice") }
            if !scope.insert(number: Int128(bit)) {
                findings.add(child.line, "\(name).\(choiceName): bit \(bit) is taken")
            }
            choices.append(
                Choice(
                    name: choiceName, bit: bit, description: child["description"] ?? "",
                    sinceVersion: sinceVersion(of: child)))
        }
        return SetType(name: name, encoding: encoding, choices: choices, description: element["description"] ?? "")
    }

    func composite(_ element: MarkupElement) -> CompositeType {
        let name = element["name"] ?? ""
        var scope = Scope()
        var members: [Member] = []
        var end = 0
        if element.children.isEmpty { findings.add(element.line, "composite '\(name)' has no members") }
        for child in element.children {
            let memberName = child["name"] ?? ""
            checkName(memberName, startsUppercase: false, child.line)
            if !scope.insert(name: memberName) { findings.add(child.line, "\(name).\(memberName) is defined twice") }
            guard let type = memberType(child, of: name) else { continue }
            checkOffset(of: child, "\(name).\(memberName)", expected: end, alignment: type.alignment)
            members.append(
                Member(name: memberName, type: type, offset: end, description: child["description"] ?? ""))
            end += type.size
        }
        let alignment = members.reduce(1) { max($0, $1.type.alignment) }
        if end % alignment != 0, !members.contains(where: { $0.type.size == 0 }) {
            findings.add(
                element.line, "composite '\(name)' of \(end) bytes is not a multiple of \(alignment): add padding")
        }
        return CompositeType(name: name, members: members, description: element["description"] ?? "")
    }

    private func memberType(_ element: MarkupElement, of composite: String) -> DataType? {
        let name = "\(composite).\(element["name"] ?? "")"
        switch element.name {
        case "type":
            return definition(element, isHeaderMember: element["name"] == "varData")
        case "ref":
            switch type(named: element["type"] ?? "") {
            case nil:
                findings.add(element.line, "\(name): unknown type '\(element["type"] ?? "")'")
                return nil
            case .composite?:
                findings.add(element.line, "\(name): composites do not nest")
                return nil
            case let type?: return type
            }
        default:
            findings.add(element.line, "\(name): define <\(element.name)> outside the composite and refer to it")
            return nil
        }
    }
}
