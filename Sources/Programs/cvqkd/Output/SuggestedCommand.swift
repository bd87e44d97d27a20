import CalibrationRecords
import UnitTransport

/// A command of this program that a message names as the next thing to try. All of them are made here, so that a test can
/// parse each: with the units that are meant, and with the options that the person gave and the command needs as well.
enum SuggestedCommand {
    case list, doctor
    case status(Subject), telemetry(Subject), schemaDiff(Subject)
    case linkStatus
    case linkStop(session: String)
    case stationInit, stationList, trustStation, trustMaker
    case peerKeygen, peerShow, peerRotate, peerChangeOver
    case listRecords, verifyStore, verifyFile, setAside
    case explainRecord(String)
    case reportRecord(String)
    case calibrateBob(Subject), calibrateAlice(Subject)
    case calibratePair(alice: Subject, bob: Subject), commission(alice: Subject, bob: Subject)
    case measureShotNoise(Subject)
    case listChecks
    case conformance(Subject)

    /// The unit that a command is for.
    enum Subject {
        /// Named.
        case unit(String)
        /// That of the running command, in so far as it names one.
        case alice, bob, any
    }

    /// The words behind `cvqkd`; what the person has to fill in is in capitals.
    func words(_ given: GivenOptions) -> [String] {
        switch self {
        case .list: ["list"]
        case .doctor: ["doctor"]
        case .status(let unit): ["status", given.name(unit)]
        case .telemetry(let unit): ["telemetry", given.name(unit)]
        case .schemaDiff(let unit): ["schema", "diff", given.name(unit)]
        case .linkStatus: ["link", "status"]
        case .linkStop(let session): ["link", "stop", session]
        case .stationInit: ["station", "init", "--name", "NAME"] + given.store
        case .stationList: ["station", "list"] + given.store
        case .trustStation: ["station", "trust", "KEY", "--name", "NAME"] + given.store
        case .trustMaker: ["station", "trust", "KEY", "--name", "MAKER", "--as", "factory"] + given.store
        case .peerKeygen: ["peer", "keygen"] + given.store
        case .peerShow: ["peer", "show"] + given.store
        case .peerRotate: ["peer", "rotate"] + given.store
        case .peerChangeOver: ["peer", "rotate", "--change-over"] + given.store
        case .listRecords: ["calibration", "list"] + given.store
        case .verifyStore: ["calibration", "verify"] + given.store
        case .verifyFile: ["calibration", "verify", "FILE"] + given.store
        case .setAside: ["calibration", "set-aside", "NAME", "--reason", "TEXT"] + given.store
        case .explainRecord(let name): ["calibration", "explain", name, "--reason", "TEXT"] + given.store
        case .reportRecord(let name): ["calibration", "report", name, "--output", "FILE.html"] + given.store
        case .calibrateBob(let unit): ["calibrate", "bob", given.name(unit)] + given.store
        case .calibrateAlice(let unit): ["calibrate", "alice", given.name(unit)] + given.store
        case .calibratePair(let alice, let bob): ["calibrate", "pair"] + given.pair(alice, bob) + given.store
        case .commission(let alice, let bob): ["calibrate", "commission"] + given.pair(alice, bob) + given.store
        case .measureShotNoise(let unit): ["shot-noise", "measure", given.name(unit)] + given.store
        case .listChecks: ["conformance", "--list"]
        case .conformance(let unit): ["conformance", given.name(unit)]
        }
    }

    /// One of each, for the tests.
    static let samples: [SuggestedCommand] = [
        .list, .doctor, .status(.any), .telemetry(.any), .schemaDiff(.any), .linkStatus,
        .linkStop(session: "8f03c2d1a9b4e571"), .stationInit, .stationList, .trustStation, .trustMaker, .listRecords,
        .verifyStore, .verifyFile, .setAside, .explainRecord("3f2a"), .reportRecord("3f2a"), .calibrateBob(.bob),
        .calibrateAlice(.alice),
        .calibratePair(alice: .alice, bob: .bob), .commission(alice: .alice, bob: .bob), .measureShotNoise(.bob),
        .listChecks, .conformance(.any), .peerKeygen, .peerShow, .peerRotate, .peerChangeOver,
    ]
}

extension SuggestedCommand: CustomStringConvertible {
    /// As a message quotes it.
    var description: String { "'\(line(.current))'" }

    /// As it is typed.
    func line(_ given: GivenOptions) -> String {
        (["cvqkd"] + words(given)).map(Self.quoted).joined(separator: " ")
    }

    /// For a shell. Messages quote commands by apostrophes, so a word that needs it gets the other kind.
    static func quoted(_ word: String) -> String {
        let plain = word.unicodeScalars.allSatisfy { scalar in
            ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
                || "-_./:@%+=,".unicodeScalars.contains(scalar)
                || (scalar.value > 0x7f && !scalar.properties.isWhitespace)
        }
        guard !plain || word.isEmpty else { return word }
        return "\"" + word.map { "\"\\$`".contains($0) ? "\\\($0)" : String($0) }.joined() + "\""
    }
}

extension SuggestedCommand {
    /// The command that makes the record which key needs. Of a pair Bob is named first in records.
    init(making procedure: CalibrationRecord.Procedure, of units: [String]) {
        switch procedure {
        case .pair where units.count == 2: self = .calibratePair(alice: .unit(units[1]), bob: .unit(units[0]))
        case .commissioning where units.count == 2: self = .commission(alice: .unit(units[1]), bob: .unit(units[0]))
        case .pair: self = .calibratePair(alice: .alice, bob: .bob)
        case .commissioning: self = .commission(alice: .alice, bob: .bob)
        case .alice: self = .calibrateAlice(units.first.map { .unit($0) } ?? .alice)
        case .bob, .factory, .maintenance, .setAside, .explanation:
            self = .calibrateBob(units.first.map { .unit($0) } ?? .bob)
        }
    }
}
