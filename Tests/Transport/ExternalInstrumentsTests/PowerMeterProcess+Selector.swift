import ExternalInstruments
import PowerMeterProcess

extension PowerMeterProcess {
    var selector: InstrumentSelector {
        get throws { try InstrumentSelector("scpi:\(path)") }
    }
}
