# Xinqiao. `make run` and `make test` install what they need; every other target only builds.
#
#   make          build build/xinqiao                     make check   unit and store suites, about a minute
#   make run      install what is missing, build, run     make test    everything: suites, scenarios, browser, crash
#   make asan     the same build under ASan and UBSan     make fuzz    every fuzz target for FUZZ_SECONDS each
#   make arrows   fail on an #include that points wrong   make bench   the figures of the README
#   make warnings lint valgrind tsan   other compilers' and tools' words
#   make torture  KILLS kills (1000), nodes killed, every fault, floods
#   make netns    nodes and database on networks that are cut, as root
#   make patroni  failover by Patroni, which it installs
#   make install  DESTDIR and PREFIX                      make sbom    what it is linked with, as CycloneDX
#   make clean

CC ?= gcc
PREFIX ?= /usr/local
VARIANT ?= release
B := build/$(VARIANT)

PKGS := libwebsockets libuv libcurl openssl sqlite3 libpq gmime-3.0 libxml-2.0 jansson libqrencode zlib
VERSION := $(shell cat gateway/VERSION 2>/dev/null || echo 0)

WARN := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wformat=2 \
	-Wundef -Wvla -Wwrite-strings -Werror
CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
CFLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -fPIE
CFLAGS_tsan := -O1 -g -fsanitize=thread -fPIE
CFLAGS_fuzz := -O2 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
	-fno-omit-frame-pointer -fPIE
LDFLAGS_release := -pie -Wl,-z,relro,-z,now,-z,noexecstack
LDFLAGS_asan := -fsanitize=address,undefined -pie
LDFLAGS_tsan := -fsanitize=thread -pie
LDFLAGS_fuzz := -fsanitize=fuzzer,address,undefined -pie
# libFuzzer comes with clang, which must(!"words") and the log's rewritten format would make speak; neither is a mistake.
ifeq ($(VARIANT),fuzz)
CC := clang
endif
ifneq ($(findstring clang,$(CC)),)
WARN += -Wno-string-conversion -Wno-format-nonliteral
endif

ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -I. -DXQ_VERSION='"$(VERSION)"' $(WARN) $(CFLAGS_$(VARIANT)) $(shell pkg-config --cflags $(PKGS) 2>/dev/null) $(CFLAGS)
ALL_LIBS = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -linih -lz -lpthread -lm

# Rooms, lowest first. A library a room; a program links its own room's library and those below it.
ROOMS := gateway/base gateway/model adapters/sms adapters/webchat adapters/email adapters/wechat gateway/store gateway/flow gateway/console gateway/forward gateway/command
room_src = $(shell find $(1) -name '*.c' 2>/dev/null)
room_lib = $(B)/lib/$(subst /,_,$(1)).a
LIBS_LOW_TO_HIGH := $(foreach r,$(ROOMS),$(call room_lib,$(r)))
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
LIBS := $(call reverse,$(LIBS_LOW_TO_HIGH))

BENCHES := $(B)/smpp_load $(B)/carrier_load $(B)/codec_bench $(B)/receipt_bench $(B)/chat_load $(B)/mail_load $(B)/wechat_load $(B)/store_bench $(B)/report_bench $(B)/growth_fill $(B)/sqlite_rows $(B)/mail_parse \
	$(B)/lws_echo $(B)/memcpy_rate

all: $(B)/xinqiao $(B)/xq-sim $(B)/xq-core $(B)/www
	@ln -sfn $(VARIANT)/xinqiao build/xinqiao

# The pages stand beside the program, as they do when installed; in a checkout they are the sources themselves.
$(B)/www:
	@mkdir -p $@
	@ln -sfn $(CURDIR)/gateway/console/www $@/console
	@ln -sfn $(CURDIR)/adapters/webchat/widget $@/widget

# Debian's libjs-chart.js: the console's charts. Without it the tables behind them are shown alone.
CHART_JS ?= /usr/share/javascript/chart.js
all: $(B)/www/vendor
$(B)/www/vendor: | $(B)/www
	@ln -sfn $(CHART_JS) $@

define room_rules
$(call room_lib,$(1)): $(patsubst %.c,$(B)/obj/%.o,$(call room_src,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	@ar rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(B)/xinqiao: $(B)/obj/gateway/main.o $(LIBS)
	@echo "  LD $@"
	@$(CC) $(LDFLAGS_$(VARIANT)) -o $@ $< -Wl,--start-group $(LIBS) -Wl,--end-group $(ALL_LIBS)

# The handset and SMSC simulator: a program of its own, written against the protocol and not against our codec.
SIM_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/sim/*.c))
$(B)/xq-sim: $(SIM_OBJ) $(call room_lib,gateway/base)
	@echo "  LD $@"
	@$(CC) $(LDFLAGS_$(VARIANT)) -o $@ $^ $(ALL_LIBS)

# A core system, for testing where steps are made elsewhere.
CORE_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/sim/core/*.c))
$(B)/xq-core: $(CORE_OBJ) $(call room_lib,gateway/base)
	@echo "  LD $@"
	@$(CC) $(LDFLAGS_$(VARIANT)) -o $@ $^ $(ALL_LIBS)

# Suites: tests/unit/<room>/x_test.c. A suite links its room and what that may see, so a wrong arrow does not link. Those of
# forward, command and all adapters at once need a gateway.
SUITE_SRC := $(shell find tests/unit -name '*_test.c' 2>/dev/null)
SUITES := $(patsubst %.c,$(B)/%,$(SUITE_SRC))
libs = $(foreach r,$(1),$(call room_lib,$(r)))
base_LIBS := $(call libs,gateway/base)
model_LIBS := $(call libs,gateway/model) $(base_LIBS)
$(foreach a,sms webchat email wechat,$(eval $(a)_LIBS := $(call libs,adapters/$(a)) $(model_LIBS)))
store_LIBS := $(call libs,gateway/store) $(model_LIBS)
flow_LIBS := $(call libs,gateway/flow) $(store_LIBS)
console_LIBS := $(call libs,gateway/console) $(flow_LIBS)
$(foreach a,forward command adapters,$(eval $(a)_LIBS := $(LIBS)))

define suite_rule
$(B)/$(1): $(B)/obj/$(1).o $($(2)_LIBS)
	@mkdir -p $$(@D)
	@echo "  LD $$@"
	@$(CC) $(LDFLAGS_$(VARIANT)) -o $$@ $$< -Wl,--start-group $($(2)_LIBS) -Wl,--end-group -lcmocka $(ALL_LIBS)
endef
suite_room = $(word 3,$(subst /, ,$(1)))
$(foreach s,$(patsubst %.c,%,$(SUITE_SRC)),$(eval $(call suite_rule,$(s),$(call suite_room,$(s)))))

FAULTS := build/release/faults.so build/release/fulldisk.so
suites: $(SUITES) $(FAULTS)

# Preloaded: faults.so into a gateway, by tests/crash, the n-th call of the system fails or kills it; fulldisk.so into PostgreSQL,
# whose disk is full. Never with a sanitizer in it.
$(FAULTS): build/release/%.so: tests/faults/%.c tests/faults/faults.h
	@mkdir -p $(@D)
	@echo "  LD $@"
	@$(CC) -O1 -g -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra -Werror -fPIC -shared -fno-builtin -o $@ $< -ldl

# Fuzz targets: tests/fuzz/x_fuzz.c. They are built with VARIANT=fuzz only; tests/fuzz/run does.
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/%,$(wildcard tests/fuzz/*_fuzz.c))
fuzz_LIBS := $(foreach r,gateway/console gateway/flow gateway/store adapters/wechat adapters/email adapters/webchat adapters/sms gateway/model gateway/base,$(call room_lib,$(r)))
# The fuzzer looks for ways through the product: not through what asserts its promises, and by its branches alone through what everybody
# walks on at every byte. That was half of the time.
$(B)/obj/tests/fuzz/%.o: CFLAGS_fuzz += -fno-sanitize=fuzzer-no-link
$(foreach f,$(addprefix gateway/,base/utf8 base/buf base/mem model/words) $(addprefix adapters/email/,html_doc limits transfer),$(B)/obj/$(f).o): \
	CFLAGS_fuzz += -fno-sanitize-coverage=trace-cmp
$(FUZZERS): $(B)/%: $(B)/obj/tests/fuzz/%.o $(fuzz_LIBS)
	@echo "  LD $@"
	@$(CC) $(LDFLAGS_$(VARIANT)) -o $@ $< -Wl,--start-group $(fuzz_LIBS) -Wl,--end-group $(ALL_LIBS)

# These play what lies below the chat, and below the console, themselves.
$(B)/talk_fuzz $(B)/api_fuzz: LDFLAGS_fuzz += -Wl,-z,muldefs

fuzzers: $(FUZZERS)

check: all $(SUITES) arrows
	@tests/run-suites $(SUITES)
	@if [ -x "$$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -1)" ]; then tests/run-suites --postgres $(filter $(B)/tests/unit/store/%,$(SUITES)); \
		else echo "PostgreSQL is not installed (tests/install test would): its suites are left out"; fi

# Load generators: programs of their own that share no code with what they measure.
$(B)/%_load: tests/bench/%_load.c tests/bench/load.h
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) -O2 -g -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -o $@ $<

$(B)/codec_bench: $(B)/obj/tests/bench/codec_bench.o $(sms_LIBS)
	@echo "  LD $@"
	@$(CC) $(LDFLAGS_$(VARIANT)) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc -o $@ $< -Wl,--start-group $(sms_LIBS) -Wl,--end-group $(ALL_LIBS)

$(B)/receipt_bench: $(B)/obj/tests/bench/receipt_bench.o $(store_LIBS)
	@echo "  LD $@"
	@$(CC) $(LDFLAGS_$(VARIANT)) -o $@ $< -Wl,--start-group $(store_LIBS) -Wl,--end-group $(ALL_LIBS)

# Its pushes are sealed, so it wants OpenSSL.
$(B)/wechat_load: tests/bench/wechat_load.c tests/bench/load.h
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) -O2 -g -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -o $@ $< -lcrypto

$(B)/store_bench $(B)/report_bench $(B)/growth_fill: $(B)/%: $(B)/obj/tests/bench/%.o $(store_LIBS)
	@echo "  LD $@"
	@$(CC) $(LDFLAGS_$(VARIANT)) -o $@ $< -Wl,--start-group $(store_LIBS) -Wl,--end-group $(ALL_LIBS)

$(B)/mail_parse: $(B)/obj/tests/bench/mail_parse.o $(email_LIBS)
	@echo "  LD $@"
	@$(CC) $(LDFLAGS_$(VARIANT)) -o $@ $< -Wl,--start-group $(email_LIBS) -Wl,--end-group $(ALL_LIBS)

$(B)/sqlite_rows: tests/bench/sqlite_rows.c
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) -O2 -g -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -o $@ $< -lsqlite3

$(B)/lws_echo: tests/bench/lws_echo.c tests/bench/load.h
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) -O2 -g -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -o $@ $< $$(pkg-config --cflags --libs libwebsockets)

$(B)/memcpy_rate: tests/bench/memcpy_rate.c tests/bench/load.h
	@mkdir -p $(@D)
	@echo "  CC $<"
	@$(CC) -O2 -g -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -o $@ $<

benches: $(BENCHES)

# Syntax and warnings of the other compiler, without its code: what `make CC=clang` would say, in a tenth of the time.
warnings:
	@find gateway adapters tests -name '*.c' -not -path '*/node_modules/*' | xargs -P "$$(nproc)" -n 16 clang -fsyntax-only -std=c11 \
		-D_GNU_SOURCE -I. -DXQ_VERSION='"$(VERSION)"' $(WARN) -Wno-string-conversion -Wno-format-nonliteral \
		$(shell pkg-config --cflags $(PKGS) 2>/dev/null)

tsan:
	@tests/tsan/run

valgrind: suites
	@tests/valgrind/run $(SUITES)

lint: warnings
	@tests/lint

asan:
	@$(MAKE) --no-print-directory VARIANT=asan all suites

arrows:
	@tests/arrows
	@tests/requirements
	@tests/metrics
	@tests/reasons

test:
	@tests/run-all

run:
	@tests/install run
	@$(MAKE) --no-print-directory all
	@tests/sim/run-demo

patroni:
	@tests/patroni/run

netns:
	@tests/netns/run

torture:
	@tests/crash/run

bench:
	@tests/bench/run

fuzz:
	@tests/fuzz/run

install: all
	install -D -m 755 $(B)/xinqiao $(DESTDIR)$(PREFIX)/bin/xinqiao
	install -d $(DESTDIR)$(PREFIX)/share/xinqiao
	cp -r templates config $(DESTDIR)$(PREFIX)/share/xinqiao/
	install -d $(DESTDIR)$(PREFIX)/share/xinqiao/www
	cp -r gateway/console/www/. $(DESTDIR)$(PREFIX)/share/xinqiao/www/console
	cp -r adapters/webchat/widget/. $(DESTDIR)$(PREFIX)/share/xinqiao/www/widget
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|/usr/local/|$(PREFIX)/|g' config/xinqiao.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/xinqiao.service
	if [ -f $(CHART_JS)/chart.min.js ]; then \
		install -D -m 644 $(CHART_JS)/chart.min.js $(DESTDIR)$(PREFIX)/share/xinqiao/www/vendor/chart.min.js; fi

# What the program is linked with, loads and ships, by Debian package: build/sbom.json (CycloneDX).
sbom: all
	@tests/sbom $(B)/xinqiao "$(VERSION)" $(wildcard $(CHART_JS)/chart.min.js) >build/sbom.json
	@echo build/sbom.json

clean:
	rm -rf build

-include $(shell find build -name '*.d' 2>/dev/null)

.PHONY: all suites fuzzers benches check asan tsan valgrind lint warnings arrows test run bench fuzz torture netns patroni install sbom clean
