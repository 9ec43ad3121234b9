// What every benchmark program here uses.  See README.md for the method.
#pragma once

#include "support/clock.h"
#include "support/fixed_pool.h"
#include "support/hog.h"
#include "support/interleave.h"
#include "support/noise.h"
#include "support/options.h"
#include "support/process.h"
#include "support/report.h"
#include "support/stats.h"
#include "support/table.h"
