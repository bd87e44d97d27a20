internal import UnitTransport

extension [ProbedUnit] {
    /// Selectors that tell units with one serial number apart: USB where only one of them is on it, else their lines. Units on
    /// USB without a serial port have none.
    var distinguishing: [UnitSelector] {
        let onUSB = count { $0.connections.contains(where: \.isUSB) }
        return compactMap { unit in
            if onUSB == 1, unit.connections.contains(where: \.isUSB), let serial = unit.serial {
                return .usb(serial: serial)
            }
            return unit.connections.first { !$0.isUSB }.map { .serial(path: $0.path, baud: nil) }
        }
    }

    /// Says of units with one serial number how to name each: nobody can mean one of them by the number alone.
    func withNamesakes() -> [ProbedUnit] {
        let groups = Dictionary(grouping: self) { $0.serial ?? "" }
        return map { unit in
            guard let serial = unit.serial, let group = groups[serial], group.count > 1 else { return unit }
            var unit = unit
            unit.namesakes = group.distinguishing
            let own = [unit].distinguishing
            if group.count(where: { $0.selector == unit.selector }) > 1 || unit.selector.serialNumber != nil,
                let selector = unit.namesakes.first(where: { own.contains($0) || unit.isNamed(by: $0) })
            {
                unit.selector = selector
            }
            return unit
        }
    }

    /// Serial numbers that somebody may have meant who wrote this one: the same in another case.
    func meant(by serial: String) -> [String] {
        let wanted = serial.lowercased()
        return Set(compactMap(\.serial)).filter { $0 != serial && $0.lowercased() == wanted }.sorted()
    }
}
