internal import Foundation

extension OTDRFile {
    /// A trace of the densest instruments has 256,000 points of two bytes; makers' own blocks add pictures.
    public static let longestFile = 64 << 20

    /// Reads a file's bytes. Whatever they are, memory stays within a few times their number.
    public init(parsing bytes: [UInt8]) throws(OTDRError) {
        guard bytes.count <= Self.longestFile else { throw .tooLong(bytes: bytes.count, limit: Self.longestFile) }
        let map = try OTDRMap(bytes)
        guard let fixed = map.block("FxdParams") else { throw .missing(block: "FxdParams") }
        var cursor = ByteCursor(bytes, fixed.body)
        acquisition = try Acquisition(&cursor, isFirstVersion: map.isFirstVersion)
        formatVersion = Double(map.version) / 100
        checksum = Self.checksum(of: bytes, map)
        remarks = map.remarks
        read(bytes, map, "GenParams", required: false) { Self.readGeneral(&$1, into: &$0, map.isFirstVersion) }
        read(bytes, map, "SupParams", required: false) { Self.readInstrument(&$1, into: &$0) }
        read(bytes, map, "KeyEvents", required: true) { Self.readEvents(&$1, into: &$0, map.isFirstVersion) }
        read(bytes, map, "DataPts", required: true) { Self.readTrace(&$1, into: &$0) }
        compareLosses()
    }

    /// Reads a block; what its end cuts off is missing and said.
    private mutating func read(
        _ bytes: [UInt8], _ map: OTDRMap, _ name: String, required: Bool,
        _ body: (inout OTDRFile, inout ByteCursor) -> Bool
    ) {
        guard let block = map.block(name) else {
            if required { remarks.append("there is no block \(name)") }
            return
        }
        var cursor = ByteCursor(bytes, block.body)
        if !body(&self, &cursor) { remarks.append("block \(name) ends too early or makes no sense") }
    }

    /// The makers count up to the two bytes of the checksum; some up to the heading of its block.
    private static func checksum(of bytes: [UInt8], _ map: OTDRMap) -> Checksum {
        guard let block = map.block("Cksum") else { return .absent }
        var cursor = ByteCursor(bytes, block.body)
        guard let stated = cursor.u16() else { return .absent }
        let computed = CRC16.of(bytes[..<block.body.lowerBound])
        if stated == computed || stated == CRC16.of(bytes[..<block.range.lowerBound]) { return .matches }
        return .differs(stated: stated, computed: computed)
    }

    private static func readGeneral(
        _ cursor: inout ByteCursor, into file: inout OTDRFile, _ isFirstVersion: Bool
    ) -> Bool {
        // Two letters of language, which some makers leave out.
        let start = cursor.position
        let language = cursor.letters(2) ?? ""
        if !(language.count == 2 && language.allSatisfy { $0.isASCII && $0.isLetter }) { cursor.rewind(to: start) }
        guard let cable = cursor.text(), let fibre = cursor.text() else { return false }
        file.general.cable = cable
        file.general.fibre = fibre
        if !isFirstVersion {
            guard let type = cursor.u16() else { return false }
            file.general.fibreType = (651...657).contains(type) ? Int(type) : nil
        }
        guard cursor.u16() != nil, let locationA = cursor.text(), let locationB = cursor.text(),
            cursor.text() != nil, cursor.letters(2) != nil, cursor.u32() != nil
        else { return false }
        file.general.locationA = locationA
        file.general.locationB = locationB
        if !isFirstVersion, cursor.u32() == nil { return false }
        guard let operatorName = cursor.text(), let comment = cursor.text() else { return false }
        file.general.operatorName = operatorName
        file.general.comment = comment
        return true
    }

    private static func readInstrument(_ cursor: inout ByteCursor, into file: inout OTDRFile) -> Bool {
        let fields: [WritableKeyPath<Instrument, String>] = [
            \.supplier, \.model, \.serial, \.module, \.moduleSerial, \.software,
        ]
        for field in fields {
            guard let text = cursor.text() else { return false }
            file.instrument[keyPath: field] = text
        }
        return true
    }

    private static func readTrace(_ cursor: inout ByteCursor, into file: inout OTDRFile) -> Bool {
        guard cursor.u32() != nil, let traces = cursor.u16(), traces >= 1, let points = cursor.u32(),
            let scale = cursor.u16(), scale > 0, cursor.remaining / 2 >= points,
            let spacing = file.acquisition.spacings.first
        else { return false }
        var levels: [UInt16] = []
        levels.reserveCapacity(Int(points))
        for _ in 0..<points {
            guard let level = cursor.u16() else { return false }
            levels.append(level)
        }
        // The scale is in thousandths, the levels in thousandths of dB.
        file.trace = Trace(levels: levels, step: Double(scale) * 1e-6, spacing: spacing)
        if traces > 1 { file.remarks.append("there are \(traces) traces; the first was read") }
        return true
    }

    private mutating func compareLosses() {
        guard let totalLoss, let lossOfEvents, abs(totalLoss - lossOfEvents) > 0.2 + 0.05 * abs(totalLoss) else {
            return
        }
        remarks.append(
            String(
                format: "the stated loss, %.3f dB, is not what the events add up to, %.3f dB", totalLoss, lossOfEvents))
    }
}
