internal import UnitProtocol

/// What a unit measures, from the parts in which it says so. A catalogue that is not what was asked for, or that no unit can
/// have, gives a reason in place of the part: readings are found by id, and named in records by name.
struct TelemetryCatalogue: Sendable {
    /// What has come.
    private(set) var items: [TelemetryCatalog.ItemsEntry] = []
    private var total: Int?

    /// Whether all parts have come.
    var isComplete: Bool { total.map { items.count >= $0 } ?? false }

    /// Takes the part that begins behind what has come. Why it cannot be that part; nil if it can.
    mutating func add(_ part: TelemetryCatalog, _ entries: [TelemetryCatalog.ItemsEntry]) -> String? {
        guard Int(part.firstIndex) == items.count else {
            return "quantities from \(part.firstIndex) on, \(items.count) was asked for"
        }
        if let total, total != Int(part.total) { return "\(part.total) quantities in all, \(total) before" }
        total = Int(part.total)
        items += entries
        if items.count > Int(part.total) { return "\(items.count) quantities, \(part.total) in all" }
        if entries.isEmpty, !isComplete { return "\(items.count) of \(part.total) quantities, and no more" }
        return nil
    }

    /// Why no unit of this role can have this catalogue; nil if one can.
    func contradiction(of role: UnitRole) -> String? {
        if let id = items.map(\.id).firstRepeated { return "quantity \(id) twice" }
        if let name = items.map({ $0.name.description }).firstRepeated { return "two quantities of the name \(name)" }
        for item in items {
            if let reason = Self.contradiction(of: item) { return reason }
        }
        let listed = Set(items.map(\.id))
        let missing = TelemetryQuantity.allCases.filter { $0.isRequired(of: role) && !listed.contains($0.rawValue) }
        guard missing.isEmpty else {
            return "\(items.count) quantities without \(missing.map(\.name).joined(separator: ", "))"
        }
        return nil
    }

    private static func contradiction(of item: TelemetryCatalog.ItemsEntry) -> String? {
        let (name, unit) = (item.name.description, item.unit.description)
        if let known = TelemetryQuantity(rawValue: item.id), known.name != name || known.unit != unit {
            return "quantity \(item.id) as \(name) in \(unit), it is \(known.name) in \(known.unit)"
        }
        if let known = TelemetryQuantity(named: name), known.rawValue != item.id {
            return "\(name) as quantity \(item.id), it is \(known.rawValue)"
        }
        // Written so that a limit which is not a number refuses.
        guard item.operatingMinimum <= item.operatingMaximum, item.absoluteMinimum <= item.absoluteMaximum else {
            return "\(name) with limits that are not ranges"
        }
        return nil
    }

    /// Why these cannot be this catalogue's values; nil if they can. A value that is missing is unavailable.
    func contradiction(of values: [Telemetry.ItemsEntry]) -> String? {
        if let id = values.map(\.id).firstRepeated { return "two values of \(name(id))" }
        let listed = Set(items.map(\.id))
        guard let foreign = values.first(where: { !listed.contains($0.id) }) else { return nil }
        return "a value of quantity \(foreign.id), which is not in the unit's catalogue"
    }

    private func name(_ id: UInt16) -> String {
        items.first { $0.id == id }.map { $0.name.description } ?? "quantity \(id)"
    }
}

extension Sequence where Element: Hashable {
    /// The first element that has been before.
    var firstRepeated: Element? {
        var seen: Set<Element> = []
        return first { !seen.insert($0).inserted }
    }
}
