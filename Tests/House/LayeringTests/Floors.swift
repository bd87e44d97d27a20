/// The floors of the house and the rule that its arrows point down only.
enum Floors {
    /// From the lowest up. `Package.swift` says who lives where; this order is said here a second time, on purpose: whoever
    /// turns two floors round has to want it twice.
    static let order = ["C", "Values", "Transport", "Unit", "Link", "Operation", "Service", "Programs"]

    /// A target's floor: the folder of `Sources` that it lies in. Nil for tests and what serves them.
    static func floor(of target: PackageDump.Target) -> String? {
        let parts = (target.path ?? "Sources/" + target.name).split(separator: "/").map(String.init)
        guard parts.first == "Sources" else { return nil }
        // A target that lies in Sources itself is on a floor that does not exist.
        return parts.count > 2 ? parts[1] : ""
    }

    /// What is wrong with the floors of a package and the arrows between them, one sentence each.
    static func violations(in package: PackageDump) -> [String] {
        var found: [String] = []
        let targets = Dictionary(package.targets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let built = package.targets.filter { floor(of: $0) != nil }
        for target in built {
            let floor = floor(of: target) ?? ""
            guard let rank = order.firstIndex(of: floor) else {
                found.append("\(target.name) lies in \(target.path ?? "Sources"), which is on no floor")
                continue
            }
            for name in target.neighbours.sorted() {
                guard let neighbour = targets[name] else {
                    found.append("\(target.name) depends on \(name), which is not in the package")
                    continue
                }
                guard let below = Self.floor(of: neighbour) else {
                    found.append("\(target.name) depends on \(name), which only tests may use")
                    continue
                }
                if let other = order.firstIndex(of: below), other > rank {
                    found.append("\(target.name) (\(floor)) depends on \(name), which is above it (\(below))")
                }
            }
        }
        let inhabited = Set(built.compactMap { floor(of: $0) })
        for floor in order where !inhabited.contains(floor) { found.append("nobody lives on the floor \(floor)") }
        return found
    }
}
