internal import Foundation

/// Speed of light in vacuum, m/s.
private let lightSpeed = 299_792_458.0

extension OTDRFile.Acquisition {
    /// Reads the body of `FxdParams`. Version 2 has four numbers more.
    init(_ cursor: inout ByteCursor, isFirstVersion: Bool) throws(OTDRError) {
        let block = "FxdParams"
        guard let seconds = cursor.u32(), cursor.letters(2) != nil, let stated = cursor.u16(), cursor.u32() != nil,
            isFirstVersion || cursor.u32() != nil, let widths = cursor.u16()
        else { throw .cutOff(block: block) }
        guard widths >= 1, Int(widths) * 10 <= cursor.remaining else {
            throw .absurd(block: block, field: "number of pulse widths", value: Double(widths))
        }
        let pulses = (0..<widths).compactMap { _ in cursor.u16() }
        let spacings = (0..<widths).compactMap { _ in cursor.u32() }
        let points = (0..<widths).compactMap { _ in cursor.u32() }
        guard let index = cursor.u32(), let backscatter = cursor.u16(), let averages = cursor.u32(),
            isFirstVersion || cursor.u16() != nil, cursor.u32() != nil,
            isFirstVersion || cursor.u32() != nil, cursor.u32() != nil, cursor.u16() != nil, cursor.i16() != nil,
            cursor.u16() != nil, let lossThreshold = cursor.u16(), cursor.u16() != nil,
            let endThreshold = cursor.u16()
        else { throw .cutOff(block: block) }
        let groupIndex = Double(index) / 1e5
        // Glass has 1.44 … 1.48; a wrong one falsifies every distance.
        guard (1...2).contains(groupIndex) else { throw .absurd(block: block, field: "group index", value: groupIndex) }
        guard let wavelength = OTDRWavelength(stated) else {
            throw .absurd(block: block, field: "wavelength in nm", value: Double(stated) / 10)
        }
        self.init(
            time: Date(timeIntervalSince1970: Double(seconds)), wavelength: wavelength.metres,
            isWavelengthInNanometres: wavelength.isWhole, pulseWidths: pulses.map { Double($0) / 1e9 },
            spacings: spacings.map { Double($0) / 1e14 * lightSpeed / groupIndex }, points: points.map(Int.init),
            groupIndex: groupIndex, backscatter: -Double(backscatter) / 10, averages: Int(averages),
            lossThreshold: Double(lossThreshold) / 1e3, endThreshold: Double(endThreshold) / 1e3)
    }

    /// Distance of a time in steps of 100 ps, one way, m.
    func distance(_ steps: some BinaryInteger) -> Double { Double(steps) / 1e10 * lightSpeed / groupIndex }

    /// Length of the longest pulse in the fibre, there and back, m: what lies within it is not told apart.
    var pulseLength: Double { (pulseWidths.max() ?? 0) * lightSpeed / groupIndex / 2 }
}

/// A wavelength as files state it: in tenths of a nanometre, and by two makers in whole ones. No OTDR works at 60 … 170 nm or
/// at 6 … 25 µm, so that neither is taken for the other.
struct OTDRWavelength {
    private let stated: UInt16
    let isWhole: Bool

    init?(_ stated: UInt16) {
        guard (600...2500).contains(stated) || (6000...25_000).contains(stated) else { return nil }
        self.stated = stated
        isWhole = stated <= 2500
    }

    var nanometres: Double { isWhole ? Double(stated) : Double(stated) / 10 }
    /// Divided once: 1550.3 nm is 1.5503e-06 m in JSON too.
    var metres: Double { isWhole ? Double(stated) / 1e9 : Double(stated) / 1e10 }
}

extension OTDRFile {
    /// Reads the body of `KeyEvents`: the events, then 22 bytes of summary.
    static func readEvents(_ cursor: inout ByteCursor, into file: inout OTDRFile, _ isFirstVersion: Bool) -> Bool {
        guard let count = cursor.u16(), Int(count) * (isFirstVersion ? 23 : 43) <= cursor.remaining else {
            return false
        }
        for _ in 0..<count {
            guard let event = Event(&cursor, file.acquisition, isFirstVersion) else { return false }
            file.events.append(event)
        }
        if zip(file.events, file.events.dropFirst()).contains(where: { $0.position > $1.position }) {
            file.remarks.append("the events are not in the order of their positions")
        }
        let ends = file.events.filter(\.isEnd)
        if ends.count > 1 {
            let places = ends.map { String(format: "%.3f", $0.position / 1000) }.joined(separator: ", ")
            file.remarks.append("\(ends.count) events end the fibre, at \(places) km; the last one counts")
        }
        guard let loss = cursor.i32(), let start = cursor.i32(), let finish = cursor.i32(), let orl = cursor.u16(),
            cursor.i32() != nil, cursor.i32() != nil
        else { return false }
        file.totalLoss = loss == 0 ? nil : Double(loss) / 1e3
        file.returnLoss = orl == 0 || orl == .max ? nil : Double(orl) / 1e3
        if start < finish { file.lossInterval = file.acquisition.distance(start)...file.acquisition.distance(finish) }
        file.remarkLossInterval(end: ends.last)
        return true
    }
}

extension OTDRFile {
    /// Between launch and receive fibres the stated loss ends before the fibre does, and between markers anywhere.
    private mutating func remarkLossInterval(end: Event?) {
        guard totalLoss != nil, let lossInterval else { return }
        let covered = String(
            format: "%.3f … %.3f km", lossInterval.lowerBound / 1000, lossInterval.upperBound / 1000)
        if let end {
            let tolerance = max(acquisition.pulseLength, 0.01 * abs(end.position), 1)
            guard abs(end.position - lossInterval.upperBound) > tolerance else { return }
            let place = String(format: "%.3f", end.position / 1000)
            remarks.append("the stated loss is that of \(covered), and the fibre ends at \(place) km")
        } else if !events.isEmpty {
            remarks.append("no event ends the fibre; the stated loss is that of \(covered)")
        }
    }
}

extension OTDRFile.Event {
    fileprivate init?(_ cursor: inout ByteCursor, _ acquisition: OTDRFile.Acquisition, _ isFirstVersion: Bool) {
        guard let number = cursor.u16(), let time = cursor.i32(), let slope = cursor.i16(), let loss = cursor.i16(),
            let reflectance = cursor.i32(), let code = cursor.letters(8)
        else { return nil }
        // Five positions of markers, which version 1 does not have.
        if !isFirstVersion { for _ in 0..<5 where cursor.u32() == nil { return nil } }
        guard let comment = cursor.text() else { return nil }
        let kinds: [Character: Kind] = ["0": .nonReflective, "1": .reflective, "2": .saturated]
        self.init(
            number: Int(number), position: acquisition.distance(time), slope: Double(slope) / 1e6,
            loss: Double(loss) / 1e3, reflectance: reflectance < 0 ? Double(reflectance) / 1e3 : nil,
            kind: code.first.flatMap { kinds[$0] } ?? .unknown,
            // E: the end, D: the end as the operator moved it.
            isEnd: ["E", "D"].contains(code.dropFirst().first), isOutOfRange: code.dropFirst().first == "O",
            comment: comment)
    }
}
